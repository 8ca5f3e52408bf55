"""On every conversation of the suite the lean processor predicts, action for action, what Rasa's own would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_ext.graph_runner import SequentialGraphRunner
from rasa_ext.policies.rules import IndexedRulePolicy
from rasa_ext.policies.states import SharedStates
from tests.conversations.cases import case_files, load_case, play
from tests.conversations.harness import Bot


class Compared:
    """Runs a graph twice, leanly and as Rasa does, and compares what the policies decide."""

    def __init__(self, lean: SequentialGraphRunner, monkeypatch: pytest.MonkeyPatch) -> None:
        self._lean = lean
        self._stock = DaskGraphRunner.__new__(DaskGraphRunner)
        self._stock._graph_schema = lean._schema
        self._stock._execution_context = None
        self._stock._instantiated_nodes = lean._nodes
        self._patch = monkeypatch
        self.predictions = 0

    def run(self, inputs: dict[str, Any], targets: list[str]) -> dict[str, Any]:
        ours = self._lean.run(inputs, targets)
        if "select_prediction" not in targets:
            return ours
        theirs = self._as_rasa_does(inputs, targets)
        one, other = ours[targets[0]], theirs[targets[0]]
        assert one.max_confidence_index == other.max_confidence_index
        assert one.max_confidence == pytest.approx(other.max_confidence)
        assert one.policy_name == other.policy_name
        assert one.hide_rule_turn == other.hide_rule_turn
        assert [type(event) for event in one.events] == [type(event) for event in other.events]
        self.predictions += 1
        return ours

    def _as_rasa_does(self, inputs: dict[str, Any], targets: list[str]) -> dict[str, Any]:
        tracker: DialogueStateTracker = inputs["__tracker__"]
        events = tracker.copy()
        events.active_loop, events.followup_action = tracker.active_loop, tracker.followup_action
        with self._patch.context() as patch:
            patch.delattr(SharedStates, "_prediction_states")
            for name in ("_prediction_states", "_get_possible_keys"):
                patch.setattr(IndexedRulePolicy, name, getattr(RulePolicy, name))
            return self._stock.run({**inputs, "__tracker__": events}, targets)


@pytest.mark.nightly
@pytest.mark.rasa
@pytest.mark.parametrize("path", case_files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
async def test_predictions_of_a_conversation(
    path: Path, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor = bot.agent.processor
    assert processor is not None
    lean: Any = processor.graph_runner
    assert isinstance(lean, SequentialGraphRunner)
    compared = Compared(lean, monkeypatch)
    monkeypatch.setattr(processor, "graph_runner", compared)
    await play(bot, load_case(path))
    assert compared.predictions > 0
