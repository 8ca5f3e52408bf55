"""A tracker store on the product's own database: a turn reads a bounded part, nothing is lost, nothing is kept twice.

Named in `endpoints.yml`. Every event is kept in the dialogue's log; a turn gets a tracker of the recent window
(`rasa_ext.window`), so that it costs the same on the first and the thousandth message. Rasa wraps every store so that a
failing save is logged and the events are lost; `unwrap` undoes that, because a turn whose events are not kept must fail
and be run again from the inbox. See docs/adr/0008.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from closer.conversations.broker import PURPOSE
from closer.conversations.dialogue_log import Events, OvertakenTurn, Recent, Window
from closer.kit.logging import get_logger
from closer.kit.unit_of_work import Hook
from closer.services import Services, process_services
from rasa_ext import window
from rasa_ext.event_codec import events_from
from rasa_ext.window import WindowSize
from rasa_ext.window_start import WindowStart

_log = get_logger(__name__)

#: Attribute of a tracker that was loaded here: what of it is stored already.
_STORED = "closer_stored"

#: The conversation that a request of the HTTP API has just asked for by `exists`.
_asked_for: ContextVar[str | None] = ContextVar("asked_for", default=None)


@dataclass(frozen=True)
class _Stored:
    """What is stored of a tracker.

    Attributes:
        length: How many of its events, of which the first `head` stand for others.
        ends: The ordinal that the conversation's next event has.
        session_begins: The ordinal of the latest session's first event.
    """

    length: int
    head: int
    ends: int
    session_begins: int

    def ordinal(self, index: int) -> int:
        """Return the ordinal of the tracker's event at an index."""
        return self.ends - self.length + index


class CloserTrackerStore(TrackerStore):
    """Keeps trackers in the dialogue's log.

    Args:
        host: Rasa passes the `url` of the endpoint here; the product's own settings name the database, so it is unused.
        domain: The domain of the model that asks.
        event_broker: Unused: new events go to the broker by the outbox (`rasa_ext.event_broker`).
        services: The database, the keys and the outbox; the process's own if left out.
        window_turns: Latest turns that a tracker holds as they were.
        window_states: States that a policy may look back; raise it with a policy's `max_history`.
    """

    def __init__(
        self,
        host: EndpointConfig | None = None,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        *,
        services: Services | None = None,
        window_turns: int = WindowSize.turns,
        window_states: int = WindowSize.states,
        **_: Any,
    ) -> None:
        super().__init__(domain)
        work = services or process_services()
        self._db, self._keys, self._broker = work.db, work.person_keys, work.broker_outbox
        self._dialogues = work.dialogues
        self._size = WindowSize(
            turns=int(window_turns), slack=int(window_turns), states=int(window_states)
        )

    @property
    def window_states(self) -> int:
        """How many states a policy may look back."""
        return self._size.states

    async def exists(self, conversation_id: str) -> bool:
        """Say whether the conversation is known.

        Rasa's HTTP API asks this before it reads a conversation for people and tools (story, predict, execute), never
        in a turn; what the same request retrieves next is therefore the whole session, not the window.
        """
        known = await self._dialogues.exists(conversation_id)
        _asked_for.set(conversation_id if known else None)
        return known

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker of the latest session's recent window, or None for an unknown conversation."""
        if _asked_for.get() == sender_id:
            _asked_for.set(None)
            recent = await self._dialogues.session(sender_id)
        else:
            recent = await self._dialogues.recent(sender_id)
        return recent and self._tracker(sender_id, recent)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Return the tracker of all sessions, every event as it was, or None for an unknown conversation."""
        events = await self._dialogues.since(conversation_id, 0)
        return self._tracker(conversation_id, Recent(Window(), events)) if events else None

    async def create_tracker(
        self, sender_id: str, append_action_listen: bool = True
    ) -> DialogueStateTracker:
        """Return the tracker of a new conversation; nothing is stored before something has happened."""
        tracker = self.init_tracker(sender_id)
        setattr(tracker, _STORED, _Stored(0, 0, 0, 0))
        if append_action_listen:
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
            await self.save(tracker)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Add the events that are not stored yet, each once however often it is tried.

        Raises:
            OvertakenTurn: if the conversation went on elsewhere; the turn must be run again.
            Unavailable: if the database is away; the caller must not take the turn as done.
        """
        stored: _Stored | None = getattr(tracker, _STORED, None)
        if stored is None:
            await self._save_foreign(tracker)
            return
        events = list(tracker.events)
        new = events[stored.length :]
        if not new:
            return
        cut = await self._next_window(tracker, stored, events)
        note = self._noting(tracker, cut, len(events), stored)
        try:
            async with self._db.transaction():
                await self._append(tracker.sender_id, stored.ends, new)
                if cut is not None:
                    await self._dialogues.set_window(tracker.sender_id, cut)
                self._db.after_commit(note)
        except OvertakenTurn:  # or an earlier try of ours committed after all
            contents = [event.as_dict() for event in new]
            if not await self._dialogues.has(tracker.sender_id, stored.ends, contents):
                raise
            await note()

    async def keys(self) -> Iterable[str]:
        """Return the ids of all conversations."""
        return await self._dialogues.conversations()

    def _tracker(self, conversation_id: str, recent: Recent) -> DialogueStateTracker:
        head = _head(recent.window.state)
        events = head + events_from(recent.events)
        tracker = DialogueStateTracker.from_events(conversation_id, events, self.domain.slots)
        session_begins = recent.window.session_begins
        setattr(tracker, _STORED, _Stored(len(events), len(head), recent.ends, session_begins))
        return tracker

    async def _append(self, conversation_id: str, ordinal: int, new: list[Event]) -> None:
        contents = [event.as_dict() for event in new]
        await self._dialogues.append(conversation_id, ordinal, contents)
        sealer = await self._keys.sealer(conversation_id)
        rows = [
            {
                "type": event.type_name,
                "at": datetime.fromtimestamp(event.timestamp or 0, timezone.utc),
                "event": sealer.json(content, PURPOSE),
            }
            for event, content in zip(new, contents, strict=True)
        ]
        await self._broker.add(conversation_id, rows)

    def _noting(
        self, tracker: DialogueStateTracker, cut: Window | None, length: int, stored: _Stored
    ) -> Hook:
        session_begins = cut.session_begins if cut else stored.session_begins
        ends = stored.ends + length - stored.length

        async def note() -> None:
            setattr(tracker, _STORED, _Stored(length, stored.head, ends, session_begins))

        return note

    async def _next_window(
        self, tracker: DialogueStateTracker, stored: _Stored, events: list[Event]
    ) -> Window | None:
        """Return where reading is to begin after this save, or None if where it does now."""
        new = events[stored.length :]
        start = window.session_start(events)
        if start >= stored.length or (start and start > stored.head):
            begins = stored.ordinal(start)
            if begins != stored.session_begins:
                return Window(begins, begins)
        if window.reaches_back(new) and window.is_shallow(tracker, self._size):
            return await self._rebuilt(tracker.sender_id, new)
        if not window.is_long(events, stored.head, self._size):
            return None
        cut = window.compact(events, self.domain, self._size)
        if cut is None or cut.kept <= stored.head:
            _log.warning("window_not_cut", events=len(events))
            return None
        return Window(stored.session_begins, stored.ordinal(cut.kept), _state(cut.head))

    async def _rebuilt(self, conversation_id: str, new: list[Event]) -> Window | None:
        """Cut the window afresh from the whole session: customers have gone back a long way."""
        session = await self._dialogues.session(conversation_id)
        if session is None:
            return None
        begins = session.window.session_begins
        cut = window.compact(events_from(session.events) + new, self.domain, self._size)
        return (
            Window(begins, begins + cut.kept, _state(cut.head)) if cut else Window(begins, begins)
        )

    async def _save_foreign(self, tracker: DialogueStateTracker) -> None:
        """Make the log say what a tracker says that was not loaded here (put through the HTTP API).

        What both begin with stays; the rest of the log gives way to the rest of the tracker.
        """
        events = list(tracker.events)
        if not events:
            return
        conversation_id = tracker.sender_id
        async with self._db.transaction():
            known = await self._dialogues.since(conversation_id, 0)
            common = _common(known, [event.as_dict() for event in events])
            if common < len(known):
                await self._dialogues.cut(conversation_id, common)
            if common < max(len(known), len(events)):
                await self._append(conversation_id, common, events[common:])
                begins = window.session_start(events)
                await self._dialogues.set_window(conversation_id, Window(begins, begins))
            stored = _Stored(len(events), 0, len(events), window.session_start(events))

            async def note() -> None:
                setattr(tracker, _STORED, stored)

            self._db.after_commit(note)


def _state(head: list[Event]) -> dict[str, Any] | None:
    if not head:
        return None
    start, *older = head
    assert isinstance(start, WindowStart)
    return {"start": start.stored(), "older": [event.as_dict() for event in older]}


def _head(state: dict[str, Any] | None) -> list[Event]:
    if state is None:
        return []
    return [WindowStart.from_state(state["start"]), *events_from(state["older"])]


def _common(known: Events, given: Events) -> int:
    """Return how many events two lists begin with in common."""
    for index, (left, right) in enumerate(zip(known, given, strict=False)):
        if left != json.loads(json.dumps(right, default=str)):
            return index
    return min(len(known), len(given))


def unwrap(agent: Agent) -> None:
    """Take away Rasa's fail-safe wrapper around our store, which would lose events silently."""
    store = agent.tracker_store
    while not isinstance(store, CloserTrackerStore) and hasattr(store, "_tracker_store"):
        store = store._tracker_store
    agent.tracker_store = store
    if agent.processor is not None:
        agent.processor.tracker_store = store
