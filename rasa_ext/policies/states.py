"""The states of a conversation, computed once and shared by all policies of a prediction round.

Rasa lets each policy replay all events before each prediction. Here the replay is kept at the tracker: a later round of
the same turn only adds what happened since. What comes out equals `prediction_states` of Rasa's featurizers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from rasa.core.featurizers.tracker_featurizers import MaxHistoryTrackerFeaturizer
from rasa.core.policies.policy import SupportedData
from rasa.shared.core.constants import (
    ACTIVE_LOOP,
    PREVIOUS_ACTION,
    SHOULD_NOT_BE_SET,
    SLOTS,
    USER,
)
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT

from rasa_ext.source_fingerprint import FingerprintedByPackage

_UNLIKELY = "action_unlikely_intent"
_LISTEN = "action_listen"
_ATTRIBUTE = "closer_replay"


class _Moment(NamedTuple):
    """The conversation right before an action.

    Attributes:
        state: Rasa's state; never handed out itself, because policies change theirs.
        hidden: Whether the action that follows belongs to a turn of rules only.
        may_hide: Whether that counts: not for a follow-up action, nor right after the active loop.
        action: The action before.
    """

    state: State
    hidden: bool
    may_hide: bool
    action: dict[str, Any] | None


class _Replay:
    """A conversation replayed up to some event.

    Args:
        tracker: The conversation, of which only slots and settings are taken.
        domain: Tells what a state consists of.
    """

    def __init__(self, tracker: DialogueStateTracker, domain: Domain) -> None:
        self.domain = domain
        self.moments: list[_Moment] = []
        self._events: list[Event] = []
        self._tracker = tracker.init_copy()
        self._telling = [
            name for name, slot in self._tracker.slots.items() if slot.influence_conversation
        ]
        self._now: _Moment | None = None
        self._seen: tuple[int, Event | None] = (-1, None)

    def is_of(self, tracker: DialogueStateTracker) -> bool:
        """Say whether nothing happened since `mark`."""
        count, last = self._seen
        return len(tracker.events) == count and (count == 0 or tracker.events[-1] is last)

    def mark(self, tracker: DialogueStateTracker) -> None:
        """Note that this is the replay of all that the tracker has now."""
        count = len(tracker.events)
        self._seen = (count, tracker.events[-1] if count else None)

    def continues_with(self, events: list[Event]) -> bool:
        """Say whether these events begin with those that were replayed."""
        mine = self._events
        return len(mine) <= len(events) and all(
            one is other for one, other in zip(mine, events, strict=False)
        )

    def add(self, events: list[Event]) -> None:
        """Replay what is new in the list of all events."""
        new = events[len(self._events) :]
        for event in new:
            if isinstance(event, ActionExecuted):
                self.moments.append(self._moment(event.hide_rule_turn))
            self._tracker.update(event)
        self._events = events
        if new or self._now is None:
            self._now = self._moment(hidden=False)

    def __iter__(self) -> Iterator[_Moment]:
        """Yield the moment before each action, then the present."""
        yield from self.moments
        if self._now is not None:
            yield self._now

    def _moment(self, hidden: bool) -> _Moment:
        tracker = self._tracker
        may_hide = not tracker.followup_action and (
            tracker.latest_action_name != tracker.active_loop_name
        )
        return _Moment(self._state(), hidden, may_hide, tracker.latest_action)

    def _state(self) -> State:
        """Return what `Domain.get_active_state` does, looking only at the slots that influence the conversation."""
        tracker, domain = self._tracker, self.domain
        return domain._clean_state(
            {
                USER: domain._get_user_sub_state(tracker),
                SLOTS: dict(self._features()),
                PREVIOUS_ACTION: domain._get_prev_action_sub_state(tracker),
                ACTIVE_LOOP: domain._get_active_loop_sub_state(tracker),
            }
        )

    def _features(self) -> Iterator[tuple[str, Any]]:
        for name in self._telling:
            slot = self._tracker.slots[name]
            if slot.value == SHOULD_NOT_BE_SET:
                yield name, SHOULD_NOT_BE_SET
            elif any(features := slot.as_feature()):
                yield name, tuple(features)


def _replay(tracker: DialogueStateTracker, domain: Domain) -> _Replay:
    kept: _Replay | None = getattr(tracker, _ATTRIBUTE, None)
    if kept is not None and kept.domain is domain and kept.is_of(tracker):
        return kept
    events = tracker.applied_events()
    if kept is None or kept.domain is not domain or not kept.continues_with(events):
        kept = _Replay(tracker, domain)
        setattr(tracker, _ATTRIBUTE, kept)
    kept.add(events)
    kept.mark(tracker)
    return kept


def forget(tracker: DialogueStateTracker) -> None:
    """Drop what is kept at a tracker: it goes its own way from here, as a copy does."""
    tracker.__dict__.pop(_ATTRIBUTE, None)


def whole_states(tracker: DialogueStateTracker, domain: Domain, last: int) -> list[State]:
    """Return the last states with rules' turns, as rules see them, the latest last."""
    replay = _replay(tracker, domain)
    moments = list(replay)[-last:]
    return [_copied(moment.state) for moment in moments]


def story_states(
    tracker: DialogueStateTracker, domain: Domain, rule_only_data: dict[str, Any] | None
) -> list[State]:
    """Return all states without the turns that only rules know, as learned policies see them."""
    states: list[State] = []
    action: dict[str, Any] | None = None
    hidden = False
    for moment in _replay(tracker, domain):
        if not hidden:
            action = moment.action
        if moment.may_hide:
            hidden = moment.hidden
        if hidden:
            continue
        state = _copied(moment.state)
        domain._remove_rule_only_features(state, rule_only_data)
        if states:
            domain._substitute_rule_only_user_input(state, states[-1])
        if action:
            state[PREVIOUS_ACTION] = action
        states.append({kind: content for kind, content in state.items() if content})
    return states


def prefer_intent_or_text(states: list[State], *, text: bool) -> None:
    """Leave either intent or text in each state, in place; `text` decides for the latest message."""
    if (latest := states[-1]).get(PREVIOUS_ACTION, {}).get("action_name") == _LISTEN:
        said = latest.get(USER, {})
        for name in (INTENT, ENTITIES) if text else (TEXT,):
            said.pop(name, None)
    for state in states:
        said = state.get(USER, {})
        if said.get(INTENT):
            said.pop(TEXT, None)


class SharedStates(FingerprintedByPackage):
    """Makes a policy take its states from the shared replay; to be named before the policy's class."""

    def _prediction_states(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        history = self.featurizer.max_history  # type: ignore[attr-defined]
        assert self.supported_data() == SupportedData.ML_DATA  # type: ignore[attr-defined]
        states = [
            state
            for state in story_states(tracker, domain, rule_only_data)
            if state.get(PREVIOUS_ACTION, {}).get("action_name") != _UNLIKELY
        ]
        states = MaxHistoryTrackerFeaturizer.slice_state_history(states, history)
        prefer_intent_or_text(states, text=use_text_for_last_user_input)
        return states


def _copied(state: State) -> State:
    return {
        kind: dict(content) if kind in {USER, SLOTS, ACTIVE_LOOP} else content
        for kind, content in state.items()
    }
