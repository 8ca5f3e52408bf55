"""Measures the learned dialogue policy beside Rasa's TED, each alone, without rules and memoization.

Both learn from the same trackers (data/stories and data/rules, with Rasa's usual augmentation) and
then predict every action of tests/rasa/held_out_stories.yml, whose conversations are not among
the stories. An abstention counts as wrong.

    python -m benchmarks.policies --ted-epochs 100
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from rasa.core.policies.policy import Policy
from rasa.core.policies.ted_policy import TEDPolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.generator import TrackerWithCachedStates, TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.utils import story_graph_from_paths

from rasa_ext.policies.linear import LinearPolicy

ROOT = Path(__file__).resolve().parent.parent
HELD_OUT = ROOT / "tests/rasa/held_out_stories.yml"
AUGMENTATION = 50  # what `rasa train` takes
INIT_MAX_HISTORY = 5  # the TED of `rasa init`
NONE = "(abstains)"


@dataclass
class Score:
    """What a policy did on the held-out conversations."""

    training_seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    steps: int = 0
    right: int = 0
    actions: int = 0  # steps other than waiting for the customer
    actions_right: int = 0
    flawless: int = 0
    mistakes: Counter[str] = field(default_factory=Counter)

    @property
    def accuracy(self) -> float:
        """The share of steps predicted right."""
        return self.right / max(1, self.steps)

    @property
    def action_accuracy(self) -> float:
        """The same without the waiting."""
        return self.actions_right / max(1, self.actions)


def quiet() -> None:
    """Keeps Rasa's and its libraries' messages out of the table."""
    import logging
    import warnings

    import structlog

    warnings.filterwarnings("ignore")
    logging.disable(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def load() -> tuple[Domain, StoryGraph]:
    """Loads the domain, completed from responses and NLU data, with the stories and rules."""
    importer = TrainingDataImporter.load_core_importer_from_config(
        str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(ROOT / "data")]
    )
    return importer.get_domain(), importer.get_stories()


def trackers_of(
    graph: StoryGraph, domain: Domain, augmentation: int
) -> list[TrackerWithCachedStates]:
    """Makes trackers of stories and rules as `rasa train` does."""
    generator = TrainingDataGenerator(
        graph,
        domain,
        augmentation_factor=augmentation,
        use_story_concatenation=augmentation > 0,
    )
    return generator.generate()


def train(policy: Policy, trackers: list[TrackerWithCachedStates], domain: Domain) -> float:
    """Trains and returns the seconds it took."""
    started = time.perf_counter()
    policy.train(trackers, domain)
    return time.perf_counter() - started


def evaluate(policy: Policy, held_out: list[TrackerWithCachedStates], domain: Domain) -> Score:
    """Predicts each action from all that came before it, as it truly came."""
    score = Score()
    for conversation in held_out:
        running = DialogueStateTracker(conversation.sender_id, domain.slots)
        mistakes = 0
        for number, event in enumerate(conversation.events):
            if number and isinstance(event, ActionExecuted) and not event.unpredictable:
                gold = event.action_name or ""
                started = time.perf_counter()
                chances = policy.predict_action_probabilities(running, domain).probabilities
                score.milliseconds.append((time.perf_counter() - started) * 1000)
                best = max(chances)
                said = domain.action_names_or_texts[chances.index(best)] if best > 0 else NONE
                score.steps += 1
                score.right += said == gold
                if gold != ACTION_LISTEN_NAME:
                    score.actions += 1
                    score.actions_right += said == gold
                if said != gold:
                    mistakes += 1
                    score.mistakes[f"{said} for {gold} in: {conversation.sender_id}"] += 1
            running.update(event, domain)
        score.flawless += not mistakes
    return score


def table(scores: dict[str, Score], conversations: int) -> str:
    """Renders the results with the ratios."""
    ours, ted = scores["LinearPolicy"], scores["TEDPolicy"]
    rows: list[tuple[str, str, str, str]] = [("", *scores, "ours / TED")]

    def row(name: str, one: float, other: float, form: str) -> None:
        rows.append(
            (name, format(one, form), format(other, form), format(one / (other or 1e-9), ".3f"))
        )

    row("training, s", ours.training_seconds, ted.training_seconds, ".1f")
    row("right, all steps", ours.accuracy, ted.accuracy, ".2%")
    row("right, without waiting", ours.action_accuracy, ted.action_accuracy, ".2%")
    row(
        "conversations flawless", ours.flawless / conversations, ted.flawless / conversations, ".1%"
    )
    row("median prediction, ms", median(ours.milliseconds), median(ted.milliseconds), ".2f")
    return "\n".join(f"{a:<24}{b:>14}{c:>14}{d:>12}" for a, b, c, d in rows)


def main() -> None:
    """Trains both policies and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ted-epochs", type=int, default=100)
    parser.add_argument("--max-stories", type=int, help="train on the first ones only")
    parser.add_argument("--mistakes", action="store_true", help="list what was predicted wrong")
    options = parser.parse_args()
    quiet()
    domain, graph = load()
    if options.max_stories:
        graph = first_stories(graph, options.max_stories)
    training = trackers_of(graph, domain, AUGMENTATION)
    held_out = trackers_of(story_graph_from_paths([str(HELD_OUT)], domain), domain, 0)
    scores: dict[str, Score] = {}
    with tempfile.TemporaryDirectory() as folder:
        storage = LocalModelStorage(Path(folder))
        context = ExecutionContext(GraphSchema({}))

        def make(kind: type[Policy], **settings: Any) -> Policy:
            config = {**kind.get_default_config(), **settings}
            return kind(config, storage, Resource(kind.__name__), context)

        policies = [
            make(LinearPolicy),
            make(TEDPolicy, max_history=INIT_MAX_HISTORY, epochs=options.ted_epochs),
        ]
        for policy in policies:
            seconds = train(policy, training, domain)
            score = evaluate(policy, held_out, domain)
            score.training_seconds = seconds
            scores[type(policy).__name__] = score
    written = sum(not t.is_augmented and not t.is_rule_tracker for t in training)
    steps = scores["LinearPolicy"].steps
    print(f"{written} stories ({len(training)} trackers), held out: {len(held_out)}, {steps} steps")
    print(table(scores, len(held_out)))
    if options.mistakes:
        for name, score in scores.items():
            print(name, *score.mistakes.most_common(), sep="\n  ")


def first_stories(graph: StoryGraph, count: int) -> StoryGraph:
    """Keeps the rules and the first stories."""
    from rasa.shared.core.training_data.structures import RuleStep

    rules = [step for step in graph.story_steps if isinstance(step, RuleStep)]
    stories = [step for step in graph.story_steps if not isinstance(step, RuleStep)]
    return StoryGraph([*rules, *stories[:count]])


if __name__ == "__main__":
    main()
