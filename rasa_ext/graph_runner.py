"""Runs a loaded model's graph without Dask: in the order that was worked out once for each target.

Before the policies run, the rule policy is asked alone: where it is certain, nobody else could change the outcome, and
the learned policies need not run at all.
"""

from __future__ import annotations

from typing import Any

from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_ext.policies.linear import LinearPolicy

#: Policies that only give chances of actions, never events: leaving them out cannot lose anything.
_ONLY_CHANCES = (MemoizationPolicy, LinearPolicy)
_CERTAIN = 1.0


class SequentialGraphRunner(GraphRunner):
    """Runs the nodes of a graph one after the other.

    Args:
        schema: The graph.
        nodes: Its instantiated nodes by name.
    """

    def __init__(self, schema: GraphSchema, nodes: dict[str, GraphNode]) -> None:
        self._schema = schema
        self._nodes = nodes
        self._orders: dict[str, list[str]] = {}
        self._deciders: dict[str, _Decider | None] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> SequentialGraphRunner:
        """Instantiate a graph's nodes and return their runner."""
        return cls.of(DaskGraphRunner(graph_schema, model_storage, execution_context, hooks))

    @classmethod
    def of(cls, runner: DaskGraphRunner) -> SequentialGraphRunner:
        """Return a runner of the nodes that another has instantiated."""
        return cls(runner._graph_schema, runner._instantiated_nodes)

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """Run what the targets need.

        Args:
            inputs: Values of placeholders.
            targets: The nodes whose output is wanted; the graph's own targets by default.

        Raises:
            GraphRunError: if an input has the name of a node.
        """
        given = dict(inputs or {})
        if clash := given.keys() & self._nodes.keys():
            raise GraphRunError(f"inputs {sorted(clash)} have the names of nodes")
        wanted = targets or self._schema.target_names
        known: dict[str, tuple[str, Any]] = {name: (name, value) for name, value in given.items()}
        for target in wanted:
            self._reach(target, known)
        return {target: known[target][1] for target in wanted}

    def _reach(self, target: str, known: dict[str, tuple[str, Any]]) -> None:
        order = self._orders.get(target)
        if order is None:
            order = self._orders[target] = self._order(target)
            self._deciders[target] = _Decider.of(target, self._schema, self._nodes)
        decider = self._deciders[target]
        skipped = decider.decide(self, known) if decider else frozenset()
        for name in order:
            if name not in known and name not in skipped:
                self.run_node(name, known)

    def run_node(self, name: str, known: dict[str, tuple[str, Any]]) -> Any:
        """Run a node on what is known, keep and return its output."""
        node = self._nodes[name]
        needs = self._schema.nodes[name].needs.values()
        known[name] = node(*(known.get(need, need) for need in needs))
        return known[name][1]

    def _order(self, target: str) -> list[str]:
        order: list[str] = []

        def visit(name: str) -> None:
            if name in order or name not in self._schema.nodes:
                return
            for need in self._schema.nodes[name].needs.values():
                visit(need)
            order.append(name)

        visit(target)
        return order


class _Decider:
    """Asks the rule policy first.

    Args:
        rules: The name of its node.
        others: The names of the other policies' nodes, with nodes that only they need.
        needs: What the rule policy's node needs, in the order in which it is to be run.
    """

    def __init__(self, rules: str, others: frozenset[str], needs: list[str]) -> None:
        self._rules = rules
        self._others = others
        self._needs = needs

    @classmethod
    def of(cls, target: str, schema: GraphSchema, nodes: dict[str, GraphNode]) -> _Decider | None:
        """Return the decider of a target, or None where the rule policy alone cannot decide."""
        policies = {
            name: nodes[name]._component
            for name in schema.nodes[target].needs.values()
            if name in nodes and isinstance(nodes[name]._component, Policy)
        }
        rules = [name for name, policy in policies.items() if isinstance(policy, RulePolicy)]
        if len(rules) != 1:
            return None
        others = {name: policy for name, policy in policies.items() if name != rules[0]}
        priority = policies[rules[0]].priority
        if not all(
            isinstance(policy, _ONLY_CHANCES) and policy.priority < priority
            for policy in others.values()
        ):
            return None
        needs = [need for need in schema.nodes[rules[0]].needs.values() if need in nodes]
        return cls(rules[0], frozenset(others), needs)

    def decide(
        self, runner: SequentialGraphRunner, known: dict[str, tuple[str, Any]]
    ) -> frozenset[str]:
        """Run the rule policy; return the nodes that need not run."""
        for need in self._needs:
            if need not in known:
                runner.run_node(need, known)
        prediction: PolicyPrediction = runner.run_node(self._rules, known)
        tracker = next(
            value for _, value in known.values() if isinstance(value, DialogueStateTracker)
        )
        if _was_rejected(tracker):  # the ensemble takes that action out of all predictions
            return frozenset()
        certain = prediction.is_no_user_prediction or prediction.max_confidence >= _CERTAIN
        if not certain:
            return frozenset()
        for other in self._others:
            known[other] = (other, None)  # what is no prediction is left out by the ensemble
        return self._others


def _was_rejected(tracker: DialogueStateTracker) -> bool:
    for event in reversed(tracker.events):
        if isinstance(event, ActionExecuted):
            return False
        if isinstance(event, ActionExecutionRejected):
            return True
    return False
