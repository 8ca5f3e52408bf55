"""The bounded window of a dialogue: what a turn needs of a conversation, however long that is.

A window is a `WindowStart` (the whole state before it in one event), the older turns that the policies look at, without
what no policy sees, and the latest turns as they were. Rasa treats it like any other list of events: copies, forms,
rewinds and the policies' states come out as with the full history. `compact` makes sure: it keeps a cut only if the
tracker and the states that policies see are the same with and without it. See docs/adr/0008.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AgentUttered,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    EntitiesAdded,
    Event,
    FollowupAction,
    LoopInterrupted,
    ReminderCancelled,
    ReminderScheduled,
    Restarted,
    SessionStarted,
    SlotSet,
    StoryExported,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from rasa_ext.policies.states import story_states, whole_states
from rasa_ext.window_start import WindowStart

#: Kept of an older message: what the policies, the session's expiry and the handover look at.
_PARSE_KEPT = ("intent", "entities", "text", "message_id", "metadata")
_UNSEEN = (BotUttered, AgentUttered, StoryExported, ReminderCancelled)
# Gone with a turn: its message and what changed that, its actions and what was to follow in it.
_HEARD = (UserUttered, DefinePrevUserUtteredFeaturization, EntitiesAdded)
_SPOKEN = (*_HEARD, ActionExecuted, FollowupAction)
_OF_TASKS = (*_SPOKEN, ActiveLoop, LoopInterrupted, ActionExecutionRejected)
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
            return index - 1 if caused and _named(before, ACTION_SESSION_START_NAME) else index
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
            rest = _condensed(older[start:], base.active_loop_name, whole_tasks=whole_tasks)
            head: list[Event] = [begin, *rest]
            if _same(whole, _tracker(head + events[kept:], domain), domain, size):
                return Cut(head, kept)
    return None


def _first_of_last_turns(events: list[Event], turns: int) -> int:
    """Return the index of the `action_listen` before the earliest of the last turns."""
    heard = 0
    for index in range(len(events) - 1, -1, -1):
        heard += isinstance(events[index], UserUttered)
        if heard >= turns and _named(events[index], ACTION_LISTEN_NAME):
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
        if seen > size.states and _named(event, ACTION_LISTEN_NAME):
            places += 1
            if places == next_place:
                yield index
                next_place *= 2
    for index, event in enumerate(older):  # few turns that policies see, or none: all of them
        if _named(event, ACTION_LISTEN_NAME):
            yield index
            return


def _condensed(events: list[Event], loop: str | None, *, whole_tasks: bool) -> list[Event]:
    """Leave out what no policy sees, and turns that only rules have dealt with; what they changed stays."""
    turns = _turns(events, loop)
    over = _tasks_over(turns) if whole_tasks else set()
    goes_on = False  # whether a form's run was kept that is later than the turn looked at
    kept: list[list[Event]] = []
    for place, turn in reversed(list(enumerate(turns))):
        if place in over:
            kept.append([event for event in turn.events if not isinstance(event, _OF_TASKS)])
            continue
        passing = place > 0 and turn.hidden and turn.loop_before == turn.loop_after
        if passing and (turn.loop_after is None or goes_on):
            kept.append([event for event in turn.events if not isinstance(event, _SPOKEN)])
            continue
        kept.append(turn.events)
        goes_on = turn.loop_before == turn.loop_after and (
            goes_on or any(_named(event, turn.loop_after) for event in turn.events)
        )
    now = datetime.now(timezone.utc)
    return _folded(
        _slim(event)
        for turn_events in reversed(kept)
        for event in turn_events
        if not isinstance(event, _UNSEEN)
        and not (isinstance(event, ReminderScheduled) and _is_over(event, now))
    )


def _folded(events: Iterable[Event]) -> list[Event]:
    """Leave out values of slots that are replaced before anything else happens; many turns leave as much as one."""
    folded: list[Event] = []
    values: dict[str, Event] = {}
    for event in events:
        if isinstance(event, SlotSet):
            values.pop(event.key, None)
            values[event.key] = event
            continue
        folded += [*values.values(), event]
        values.clear()
    return [*folded, *values.values()]


def _tasks_over(turns: list[_Turn]) -> set[int]:
    """Return the places of turns that only rules have dealt with, from no form to no form."""
    over: set[int] = set()
    task: list[int] = []
    for place, turn in enumerate(turns):
        if place == 0 or not turn.hidden:
            task = []
        elif task or turn.loop_before is None:
            task.append(place)
            if turn.loop_after is None:
                over.update(task)
                task = []
    return over


@dataclasses.dataclass(frozen=True)
class _Turn:
    """Events up to an `action_listen`, and the form that was active at its beginning and its end."""

    events: list[Event]
    loop_before: str | None
    loop_after: str | None

    @property
    def hidden(self) -> bool:
        done = [event for event in self.events if isinstance(event, ActionExecuted)]
        return bool(done) and all(event.hide_rule_turn for event in done)


def _turns(events: list[Event], loop: str | None) -> list[_Turn]:
    turns: list[_Turn] = []
    turn: list[Event] = []
    before = loop
    for event in events:
        turn.append(event)
        if isinstance(event, ActiveLoop):
            loop = event.name
        if _named(event, ACTION_LISTEN_NAME):
            turns.append(_Turn(turn, before, loop))
            turn, before = [], loop
    if turn:
        turns.append(_Turn(turn, before, loop))
    return turns


def _slim(event: Event) -> Event:
    if not isinstance(event, UserUttered):
        return event
    slim = UserUttered(
        event.text,
        event.intent,
        event.entities,
        {name: event.parse_data[name] for name in _PARSE_KEPT if name in event.parse_data},  # type: ignore[literal-required]
        event.timestamp,
        event.input_channel,
        event.message_id,
        event.metadata,
        event.use_text_for_featurization,
    )
    slim.use_text_for_featurization = event.use_text_for_featurization
    return slim


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
        [began.get(name) for name in _PARSE_KEPT],
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


def _named(event: Event | None, name: str | None) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == name


def _is_over(event: ReminderScheduled, now: datetime) -> bool:
    at = event.trigger_date_time
    return (at if at.tzinfo else at.astimezone()) < now
