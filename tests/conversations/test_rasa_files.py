"""The designers' own commands pass: `rasa data validate`, `rasa test core` and `rasa test nlu`, on the model that the cases use."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.core.agent import Agent
from rasa.core.test import test as run_rasa_test
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.loading import load_data
from rasa.validator import Validator

from closer.kit.settings import ROOT
from tests.conversations.harness import Stage

pytestmark = pytest.mark.rasa

#: At least this share of the held-out messages must be understood.
_UNDERSTOOD = 0.95
#: One in so many is tried here; benchmarks/nlu.py tries them all.
_EVERY = 4


@pytest.fixture
def agent(stage: Stage) -> Agent:
    return stage.agent


@pytest.mark.parametrize("name", ["test_accounts.yml", "test_money.yml", "test_orders.yml"])
async def test_the_stories_in_rasas_own_format_pass(
    agent: Agent, name: str, tmp_path: Path
) -> None:
    done = await run_rasa_test(
        str(ROOT / "tests" / "rasa" / name),
        agent,
        out_directory=str(tmp_path),
        e2e=True,
        disable_plotting=True,
    )
    failed = (tmp_path / "failed_test_stories.yml").read_text("utf-8")
    assert done["accuracy"] == 1.0, failed
    assert done["actions"], "no story was played"


async def test_held_out_messages_are_understood(agent: Agent) -> None:
    examples = load_data(str(ROOT / "tests" / "nlu" / "held_out.yml")).intent_examples[::_EVERY]
    assert agent.processor is not None
    wrong = []
    for example in examples:
        text, wanted = str(example.get("text")), str(example.get("intent"))
        parsed = await agent.parse_message(text)
        if parsed["intent"]["name"] != wanted:
            wrong.append(f"{text!r} is {wanted}, taken for {parsed['intent']['name']}")
    assert len(wrong) <= (1 - _UNDERSTOOD) * len(examples), "\n".join(wrong)


def test_the_training_data_are_consistent() -> None:
    importer = TrainingDataImporter.load_from_config(
        str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(ROOT / "data")]
    )
    validator = Validator.from_importer(importer)
    assert validator.verify_domain_validity()
    assert validator.verify_nlu(ignore_warnings=False)
    assert validator.verify_story_structure(ignore_warnings=False)
