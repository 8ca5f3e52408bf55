"""Rasa's rule policy with an index over the rules: the same predictions, at a cost that does not grow with their number.

Rasa checks every rule against every past state before each prediction. Most rules already differ in the present state:
by the action before, the intent or the active loop. Those three lead to the few that are worth checking, and no rule is
checked further back than it is long.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from rasa.core.featurizers.tracker_featurizers import TrackerFeaturizer
from rasa.core.policies.rule_policy import (
    RULES,
    RULES_FOR_LOOP_UNHAPPY_PATH,
    RULES_NOT_IN_STORIES,
    RulePolicy,
)
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import (
    ACTIVE_LOOP,
    LOOP_NAME,
    PREVIOUS_ACTION,
    SHOULD_NOT_BE_SET,
    USER,
)
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT, TEXT

from rasa_ext.policies.states import prefer_intent_or_text, whole_states
from rasa_ext.source_fingerprint import FingerprintedByPackage

_Signature = tuple[Any, Any, Any]
_PLACES = ((PREVIOUS_ACTION, ACTION_NAME), (USER, INTENT), (ACTIVE_LOOP, LOOP_NAME))


class _Condition(NamedTuple):
    """What a rule wants of one value of a state; `value` None: it must not be set."""

    kind: str
    name: str
    value: Any

    def holds(self, state: State) -> bool:
        """Say whether a state fulfils it."""
        found = state.get(self.kind, {}).get(self.name)
        if self.value is None:
            return not found or bool(found == SHOULD_NOT_BE_SET)
        return bool(found == self.value)


class _RuleState(NamedTuple):
    """One state of a rule.

    Attributes:
        begins: Whether it is the beginning of a conversation.
        conditions: What must hold otherwise.
    """

    begins: bool
    conditions: tuple[_Condition, ...]

    def fits(self, state: State) -> bool:
        """Say whether a state of a conversation is one of this rule."""
        begins = not state.get(PREVIOUS_ACTION)
        if self.begins or begins:
            return self.begins and begins
        return all(condition.holds(state) for condition in self.conditions)


class RuleIndex:
    """Finds the rules that apply to a conversation.

    Args:
        keys: The rules as the trained policy keeps them: JSON lists of states.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self.longest = 0
        self.reads_text = False
        self._rules: dict[_Signature, list[tuple[str, list[_RuleState]]]] = defaultdict(list)
        for key in keys:
            states = json.loads(key)[::-1]
            self.longest = max(self.longest, len(states))
            self.reads_text |= any(state.get(USER, {}).get(TEXT) for state in states)
            self._rules[_signature_of_rule(states[0])].append(
                (key, [_rule_state(state) for state in states])
            )

    def matching(self, states: list[State]) -> set[str]:
        """Return the keys of the rules that apply.

        Args:
            states: The conversation, the latest state last.
        """
        present = states[::-1]
        found = set()
        for signature in _signatures_of(present[0]):
            for key, wanted in self._rules.get(signature, ()):
                if all(rule.fits(state) for rule, state in zip(wanted, present, strict=False)):
                    found.add(key)
        return found


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class IndexedRulePolicy(FingerprintedByPackage, RulePolicy):
    """Predicts as `RulePolicy` does; trained by it, faster once loaded."""

    def __init__(  # noqa: PLR0917 - Rasa's own order
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: TrackerFeaturizer | None = None,
        lookup: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context, featurizer, lookup)
        self._indices: dict[int, RuleIndex] | None = None
        self._longest = 0
        if lookup:  # trained: the rules stay as they are
            self._build_indices()

    def _build_indices(self) -> None:
        parts = [self.lookup.get(name, {}) for name in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH)]
        self._indices = {id(part): RuleIndex(part) for part in parts}
        self._longest = max(1, *(index.longest for index in self._indices.values()))
        self.lookup[RULES_NOT_IN_STORIES] = frozenset(self.lookup.get(RULES_NOT_IN_STORIES, ()))

    def _prediction_states(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        if self._indices is None:
            states: list[State] = super()._prediction_states(
                tracker, domain, use_text_for_last_user_input, rule_only_data
            )
            return states
        states = whole_states(tracker, domain, self._longest)
        prefer_intent_or_text(states, text=use_text_for_last_user_input)
        return states

    def _get_possible_keys(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        index = self._indices.get(id(lookup)) if self._indices is not None else None
        if index is None:
            keys: set[str] = super()._get_possible_keys(lookup, states)
            return keys
        return index.matching(states)

    def format_tracker_states(self, states: list[dict[str, Any]]) -> str | None:
        """Return nothing once trained: Rasa formats all states for a debug line that nobody reads."""
        if self._indices is None:
            shown: str | None = super().format_tracker_states(states)
            return shown
        return None


def _rule_state(state: State) -> _RuleState:
    conditions = []
    for kind, content in state.items():
        for name, wanted in content.items():
            if wanted == SHOULD_NOT_BE_SET:
                conditions.append(_Condition(kind, name, None))
            elif wanted:
                value = tuple(wanted) if isinstance(wanted, list) else wanted
                conditions.append(_Condition(kind, name, value))
    return _RuleState(not state.get(PREVIOUS_ACTION), tuple(conditions))


def _signature_of_rule(state: State) -> _Signature:
    if not state.get(PREVIOUS_ACTION):  # fits a beginning whatever else it says
        return (None, None, None)
    wanted = (state.get(kind, {}).get(name) for kind, name in _PLACES)
    action, intent, loop = (
        value if isinstance(value, str) and value and value != SHOULD_NOT_BE_SET else None
        for value in wanted
    )
    return (action, intent, loop)


def _signatures_of(state: State) -> set[_Signature]:
    found = [state.get(kind, {}).get(name) for kind, name in _PLACES]
    actions, intents, loops = ({None, value if isinstance(value, str) else None} for value in found)
    return {(action, intent, loop) for action in actions for intent in intents for loop in loops}
