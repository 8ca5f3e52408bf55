"""What is left of a window's older turns: what some policy sees, and what turns that only rules have dealt with have changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime, timezone

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
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
    SlotSet,
    StoryExported,
    UserUttered,
)

#: Kept of an older message: what the policies, the session's expiry and the handover look at.
PARSE_KEPT = ("intent", "entities", "text", "message_id", "metadata")
_UNSEEN = (BotUttered, AgentUttered, StoryExported, ReminderCancelled)
# Gone with a turn: its message and what changed that, its actions and what was to follow in it.
_HEARD = (UserUttered, DefinePrevUserUtteredFeaturization, EntitiesAdded)
_SPOKEN = (*_HEARD, ActionExecuted, FollowupAction)
_OF_TASKS = (*_SPOKEN, ActiveLoop, LoopInterrupted, ActionExecutionRejected)


def condensed(events: list[Event], loop: str | None, *, whole_tasks: bool) -> list[Event]:
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
            goes_on or any(is_action(event, turn.loop_after) for event in turn.events)
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
        if is_action(event, ACTION_LISTEN_NAME):
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
        {name: event.parse_data[name] for name in PARSE_KEPT if name in event.parse_data},
        event.timestamp,
        event.input_channel,
        event.message_id,
        event.metadata,
        event.use_text_for_featurization,
    )
    slim.use_text_for_featurization = event.use_text_for_featurization
    return slim


def is_action(event: Event | None, name: str | None) -> bool:
    """Say whether an event is a certain action."""
    return isinstance(event, ActionExecuted) and event.action_name == name


def _is_over(event: ReminderScheduled, now: datetime) -> bool:
    at = event.trigger_date_time
    return (at if at.tzinfo else at.astimezone()) < now
