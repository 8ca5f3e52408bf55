"""Models for tests: copies of the trained one under other names, and a small one with another domain."""

from __future__ import annotations

import os
from pathlib import Path

_CONFIG = """
recipe: default.v1
assistant_id: {assistant}
language: en
pipeline:
  - name: rasa.nlu.tokenizers.whitespace_tokenizer.WhitespaceTokenizer
  - name: rasa.nlu.classifiers.keyword_intent_classifier.KeywordIntentClassifier
policies:
  - name: rasa.core.policies.rule_policy.RulePolicy
"""

_DOMAIN = """
version: "3.1"
intents: [greet, give]
responses:
  utter_hi: [{{text: "{greeting}"}}]
  utter_ask_gift_name: [{{text: "Whose gift is it?"}}]
  utter_done: [{{text: "Wrapped."}}]
"""

_FORM = """
slots:
  gift_name:
    type: text
    mappings:
      - type: from_text
        conditions: [{active_loop: gift_form, requested_slot: gift_name}]
forms:
  gift_form:
    required_slots: [gift_name]
"""

_DATA = """
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
      - hi
  - intent: give
    examples: |
      - gift
      - present
rules:
  - rule: a greeting is returned
    steps: [{intent: greet}, {action: utter_hi}]
"""

_FORM_RULES = """
  - rule: a gift begins
    steps: [{intent: give}, {action: gift_form}, {active_loop: gift_form}]
  - rule: a gift ends
    condition: [{active_loop: gift_form}]
    steps: [{action: gift_form}, {active_loop: null}, {action: utter_done}]
"""

_NO_FORM_RULES = """
  - rule: a gift is done at once
    steps: [{intent: give}, {action: utter_done}]
"""

#: What each of them manages.
SMOKE = [[{"say": "hello", "intent": "greet"}, {"say": "gift", "intent": "give"}]]


def train_small_model(
    folder: Path,
    name: str,
    *,
    assistant: str = "ai-closer-x",
    greeting: str = "Hi from gift.",
    forms: bool = True,
) -> Path:
    """Train a model of two intents, with or without a form, in a second or two.

    Its domain has nothing of the product's; which model answers shows in its greeting.
    """
    from rasa.model_training import train

    project = folder / f"{name}-project"
    project.mkdir(parents=True)
    files = {
        "config.yml": _CONFIG.format(assistant=assistant),
        "domain.yml": _DOMAIN.format(greeting=greeting) + (_FORM if forms else ""),
        "data.yml": _DATA + (_FORM_RULES if forms else _NO_FORM_RULES),
    }
    for file, text in files.items():
        (project / file).write_text(text)
    made = train(
        str(project / "domain.yml"),
        str(project / "config.yml"),
        [str(project / "data.yml")],
        output=str(folder),
        fixed_model_name=name,
        core_additional_arguments={"augmentation_factor": 0},
    )
    assert made.model is not None
    return Path(made.model)


def place(archive: Path, folder: Path, name: str) -> Path:
    """Put an archive into a folder under another name, as if it had been there for a while."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.tar.gz"
    path.write_bytes(archive.read_bytes())
    long_ago = path.stat().st_mtime - 60
    os.utime(path, (long_ago, long_ago))
    return path
