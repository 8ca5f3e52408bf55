"""How far back a model's policies look, compared with what the tracker store's window promises them (`rasa_ext.window`)."""

from __future__ import annotations

from collections.abc import Iterator

from rasa.core.agent import Agent
from rasa.core.policies.policy import Policy
from rasa.core.policies.rule_policy import (
    RULES,
    RULES_FOR_LOOP_UNHAPPY_PATH,
    RulePolicy,
)

from rasa_ext.policies.rules import RuleIndex
from rasa_ext.tracker_store import CloserTrackerStore


def too_far(agent: Agent) -> list[str]:
    """Say which policies look further back than the window reaches, and how far; they would mispredict."""
    store = agent.tracker_store
    if not isinstance(store, CloserTrackerStore):
        return []
    promised = store.window_states
    found = []
    for policy in _policies(agent):
        states = look_back(policy)
        if states is None or states > promised:
            far = "without limit" if states is None else f"{states} states"
            found.append(f"{type(policy).__name__} looks back {far}, the window {promised}")
    return found


def look_back(policy: Policy) -> int | None:
    """Return how many states a policy looks at: those of its longest rule, or its history; None without limit."""
    if isinstance(policy, RulePolicy):
        parts = [policy.lookup.get(name, {}) for name in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH)]
        return max(RuleIndex(part).longest for part in parts)
    history: int | None = getattr(policy.featurizer, "max_history", None)
    return history


def _policies(agent: Agent) -> Iterator[Policy]:
    runner = agent.processor.graph_runner if agent.processor else None
    nodes = getattr(runner, "_nodes", None) or getattr(runner, "_instantiated_nodes", {})
    for node in nodes.values():
        if isinstance(node._component, Policy):
            yield node._component
