"""The bounded window of a dialogue: what a turn needs of a conversation, however long that is.

A window is a `WindowStart` (the whole state before it in one event), the older turns that the policies look at, without
what no policy sees, and the latest turns as they were. Rasa treats it like any other list of events: copies, forms,
rewinds and the policies' states come out as with the full history. `compact` makes sure: it keeps a cut only if the
tracker and the states that policies see are the same with and without it. See docs/adr/0008.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_ext.policies.states import story_states, whole_states
from rasa_ext.window_start import WindowStart
from rasa_ext.window_turns import PARSE_KEPT, condensed, is_action

_BEGINNINGS = (SessionStarted, Restarted)
_REWINDS = (UserUtteranceReverted, ActionReverted)


@dataclasses.dataclass(frozen=True)
class WindowSize:
    """How much a window holds.

    Attributes:
        turns: The latest turns, kept as they were.
        slack: Further turns that may come before the window is cut again.
        states: States that a policy may look back (the largest `max_history` and the longest rule, with room to spare).
    """

    turns: int = 6
    slack: int = 6
    states: int = 10


@dataclasses.dataclass(frozen=True)
class Cut:
    """A window that stands for a longer list of events.

    Attributes:
        head: What stands for the events before `kept`.
        kept: Index of the first event that is kept as it was.
    """

    head: list[Event]
    kept: int


def session_start(events: list[Event]) -> int:
    """Return the index at which the latest session begins: whatever was before has no influence any more."""
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], _BEGINNINGS):
            before = events[index - 1] if index else None
            caused = isinstance(before, ActionExecuted) and isinstance(
                events[index], SessionStarted
            )
            return index - 1 if caused and is_action(before, ACTION_SESSION_START_NAME) else index
    return 0


def is_long(events: list[Event], first: int, size: WindowSize) -> bool:
    """Say whether the turns from an index on are more than a window may hold."""
    heard = sum(isinstance(event, UserUttered) for event in events[first:])
    return heard > size.turns + size.slack


def reaches_back(events: list[Event]) -> bool:
    """Say whether events take something back that was before them."""
    return any(isinstance(event, _REWINDS) for event in events)


def is_shallow(tracker: DialogueStateTracker, size: WindowSize) -> bool:
    """Say whether rewinds have used up so much of a window that the next ones might reach before it."""
    applied = tracker.applied_events()
    if not any(isinstance(event, WindowStart) for event in applied):
        return any(isinstance(event, WindowStart) for event in tracker.events)
    seen = sum(isinstance(event, ActionExecuted) and not event.hide_rule_turn for event in applied)
    heard = sum(isinstance(event, UserUttered) for event in applied)
    return seen <= size.states or heard < size.turns // 2


def compact(events: list[Event], domain: Domain, size: WindowSize) -> Cut | None:
    """Return a window that stands for the events, or None if none is the same to the policies.

    Args:
        events: The events of the latest session, or of a window and what came after it.
        domain: The domain of the running model.
        size: How much to keep.
    """
    kept = _first_of_last_turns(events, size.turns)
    whole = _tracker(events, domain)
    older = _applied(events[:kept])
    if not older and kept and _same(whole, _tracker(events[kept:], domain), domain, size):
        return Cut([], kept)  # all that was before has been taken back
    for start in _starts(older, size):
        base = _tracker(older[:start], domain)
        begin = WindowStart.of(base, older[start].timestamp)
        for whole_tasks in (True, False):
            rest = condensed(older[start:], base.active_loop_name, whole_tasks=whole_tasks)
            head: list[Event] = [begin, *rest]
            if _same(whole, _tracker(head + events[kept:], domain), domain, size):
                return Cut(head, kept)
    return None


def _first_of_last_turns(events: list[Event], turns: int) -> int:
    """Return the index of the `action_listen` before the earliest of the last turns."""
    heard = 0
    for index in range(len(events) - 1, -1, -1):
        heard += isinstance(events[index], UserUttered)
        if heard >= turns and is_action(events[index], ACTION_LISTEN_NAME):
            return index
    return 0


def _starts(older: list[Event], size: WindowSize) -> Iterator[int]:
    """Give the places where the older part might begin, the latest first, then further and further back."""
    seen, places, next_place = 0, 0, 1
    for index in range(len(older) - 1, 0, -1):
        event = older[index]
        if not isinstance(event, ActionExecuted) or event.hide_rule_turn:
            continue
        seen += 1
        if seen > size.states and is_action(event, ACTION_LISTEN_NAME):
            places += 1
            if places == next_place:
                yield index
                next_place *= 2
    for index, event in enumerate(older):  # few turns that policies see, or none: all of them
        if is_action(event, ACTION_LISTEN_NAME):
            yield index
            return


def _same(
    whole: DialogueStateTracker, part: DialogueStateTracker, domain: Domain, size: WindowSize
) -> bool:
    """Compare what the policies and the turn can see of two trackers."""
    return (
        _attributes(whole) == _attributes(part)
        and _loop_goes_on(whole) == _loop_goes_on(part)
        and _states(whole, domain, size) == _states(part, domain, size)
    )


def _attributes(tracker: DialogueStateTracker) -> tuple[Any, ...]:
    heard, loop = tracker.latest_message, tracker.active_loop
    began = (loop and loop.trigger_message) or {}
    return (
        {name: (slot.value, slot.has_been_set) for name, slot in tracker.slots.items()},
        loop and (loop.name, loop.is_interrupted, loop.rejected),
        [began.get(name) for name in PARSE_KEPT],
        tracker.latest_action,
        heard and heard.as_sub_state(),
        tracker.followup_action,
        tracker.is_paused(),
    )


def _loop_goes_on(tracker: DialogueStateTracker) -> bool:
    """Say whether the active form's next run counts as going on (Rasa then hides it from the history)."""
    name = tracker.active_loop_name
    return name is not None and not tracker._first_loop_execution_or_unhappy_path(
        name, tracker.applied_events()
    )


def _states(
    tracker: DialogueStateTracker, domain: Domain, size: WindowSize
) -> tuple[list[State], list[State]]:
    """Return the last states as rules see them and as learned policies do."""
    stories = story_states(tracker, domain, None)
    return whole_states(tracker, domain, size.states), stories[-size.states :]


def _tracker(events: list[Event], domain: Domain) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("window", events, domain.slots)


def _applied(events: list[Event]) -> list[Event]:
    """Return which events still count: what was taken back is left out."""
    tracker = DialogueStateTracker("window", [])
    tracker.events.extend(events)
    return tracker.applied_events()
