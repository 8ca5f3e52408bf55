"""The designers' own commands pass: `rasa data validate`, `rasa test core` and `rasa test nlu`, on the model that the cases use."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.core.agent import Agent
from rasa.core.test import test as run_rasa_test
from rasa.nlu.test import run_evaluation
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.training_data import TrainingData
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


async def test_held_out_messages_are_understood(agent: Agent, tmp_path: Path) -> None:
    examples = load_data(str(ROOT / "tests" / "nlu" / "held_out.yml")).intent_examples[::_EVERY]
    sample = tmp_path / "sample.yml"
    TrainingData(examples).persist_nlu(str(sample))
    assert agent.processor is not None
    done = await run_evaluation(
        str(sample),
        agent.processor,
        output_directory=str(tmp_path),
        errors=True,
        disable_plotting=True,
    )
    found = done["intent_evaluation"]
    assert len(found["predictions"]) == len(examples)
    assert found["accuracy"] >= _UNDERSTOOD, (tmp_path / "intent_errors.json").read_text("utf-8")


def test_the_training_data_are_consistent() -> None:
    importer = TrainingDataImporter.load_from_config(
        str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(ROOT / "data")]
    )
    validator = Validator.from_importer(importer)
    assert validator.verify_domain_validity()
    assert validator.verify_actions_in_stories_rules()
    assert validator.verify_forms_in_stories_rules()
    assert validator.verify_form_slots()
    assert validator.verify_slot_mappings()
    assert validator.verify_nlu(ignore_warnings=False)
    assert validator.verify_story_structure(ignore_warnings=False)
