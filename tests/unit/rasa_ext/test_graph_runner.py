"""The sequential runner gives what Dask gives, and asks the learned policies only where rules do not decide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_ext.graph_runner import SequentialGraphRunner

DOMAIN = Domain.from_yaml("version: '3.1'\nactions: [action_a, action_b]")
ASKED: list[str] = []


class Part(GraphComponent):
    """Appends its name to what it is given."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def create(cls, config: dict[str, Any], **_: Any) -> Part:
        return cls(config["name"])

    def run(self, one: str = "", other: str = "") -> str:
        ASKED.append(self.name)
        return f"{one}{other}{self.name}"

    def domain(self) -> Domain:
        return DOMAIN


class Answering:
    """A policy that predicts one action, as told by its config."""

    def predict_action_probabilities(
        self, tracker: DialogueStateTracker, domain: Domain, **_: Any
    ) -> PolicyPrediction:
        ASKED.append(type(self).__name__)
        chances = [0.0] * domain.num_actions
        chances[domain.index_for_action(self.config["action"])] = self.config["chance"]  # type: ignore[attr-defined]
        return PolicyPrediction(chances, type(self).__name__, self.priority)  # type: ignore[attr-defined]


class Rules(Answering, RulePolicy):
    pass


class Memory(Answering, MemoizationPolicy):
    pass


class Learned(Answering, Policy):
    def train(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError


def node(uses: type[Any], fn: str, needs: dict[str, str], **config: Any) -> SchemaNode:
    return SchemaNode(needs, uses, "create", fn, config, eager=True)


def runners(schema: GraphSchema, folder: Path) -> tuple[DaskGraphRunner, SequentialGraphRunner]:
    made = (schema, LocalModelStorage(folder), ExecutionContext(schema, model_id="m"))
    return DaskGraphRunner.create(*made), SequentialGraphRunner.create(*made)


def deciding(rule: float, memory: float, other: type[Any] = Memory) -> GraphSchema:
    needs = {"tracker": "__tracker__", "domain": "domain"}
    fn = "predict_action_probabilities"
    return GraphSchema(
        {
            "domain": node(Part, "domain", {}, name="d"),
            "rules": node(
                Rules,
                fn,
                needs,
                action="action_a",
                chance=rule,
                priority=6,
                core_fallback_action_name="action_default_fallback",
                enable_fallback_prediction=True,
                check_for_contradictions=False,
            ),
            "other": node(other, fn, needs, action="action_b", chance=memory, priority=3),
            "select": node(
                DefaultPolicyPredictionEnsemble,
                "combine_predictions_from_kwargs",
                {**needs, "policy0": "other", "policy1": "rules"},
            ),
        }
    )


def predicted(runner: Any, tracker: DialogueStateTracker) -> str:
    ASKED.clear()
    [prediction] = runner.run({"__tracker__": tracker}, ["select"]).values()
    return str(DOMAIN.action_names_or_texts[prediction.max_confidence_index])


@pytest.fixture
def tracker() -> DialogueStateTracker:
    return DialogueStateTracker.from_events("c", [ActionExecuted("action_listen")])


def test_the_output_is_that_of_dask(tmp_path: Path) -> None:
    schema = GraphSchema(
        {
            "a": node(Part, "run", {"one": "__in__"}, name="a"),
            "b": node(Part, "run", {"one": "a"}, name="b"),
            "c": node(Part, "run", {"one": "a", "other": "b"}, name="c"),
            "unused": node(Part, "run", {}, name="u"),
        }
    )
    dask, sequential = runners(schema, tmp_path)
    for _ in range(2):
        ASKED.clear()
        assert sequential.run({"__in__": "in"}, ["c", "b"]) == {"c": "inainabc", "b": "inab"}
        assert ASKED == ["a", "b", "c"]
    assert dask.run({"__in__": "in"}, ["c", "b"]) == {"c": "inainabc", "b": "inab"}


def test_an_input_named_as_a_node_is_refused(tmp_path: Path) -> None:
    _, sequential = runners(GraphSchema({"a": node(Part, "run", {}, name="a")}), tmp_path)
    with pytest.raises(GraphRunError, match="names of nodes"):
        sequential.run({"a": "x"}, ["a"])


def test_a_certain_rule_is_not_put_to_the_vote(
    tmp_path: Path, tracker: DialogueStateTracker
) -> None:
    dask, sequential = runners(deciding(rule=1.0, memory=1.0), tmp_path)
    assert predicted(sequential, tracker) == "action_a"
    assert ASKED == ["Rules"]
    assert predicted(dask, tracker) == "action_a"
    assert len(ASKED) == 2


def test_an_unsure_rule_policy_is_outvoted(tmp_path: Path, tracker: DialogueStateTracker) -> None:
    dask, sequential = runners(deciding(rule=0.3, memory=0.8), tmp_path)
    assert predicted(sequential, tracker) == predicted(dask, tracker) == "action_b"


def test_a_rejected_action_leaves_the_decision_to_the_others(
    tmp_path: Path, tracker: DialogueStateTracker
) -> None:
    dask, sequential = runners(deciding(rule=1.0, memory=0.8), tmp_path)
    tracker.update(ActionExecutionRejected("action_a"))
    assert predicted(sequential, tracker) == predicted(dask, tracker) == "action_b"


def test_a_policy_that_may_add_events_is_always_asked(
    tmp_path: Path, tracker: DialogueStateTracker
) -> None:
    _, sequential = runners(deciding(rule=1.0, memory=0.8, other=Learned), tmp_path)
    assert predicted(sequential, tracker) == "action_a"
    assert sorted(ASKED) == ["Learned", "Rules"]
