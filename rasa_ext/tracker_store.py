"""A tracker store on the product's own database: asyncio all the way, events encrypted, nothing swallowed.

Named in `endpoints.yml`. Each conversation's events are rows in order; a turn appends its new ones in one transaction.
Rasa wraps every store so that a failing save is logged and the events are lost; `unwrap` undoes that, because a turn
whose events are not kept must fail and be run again from the inbox.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy import distinct, func, select

from closer.conversations.broker import PURPOSE
from closer.conversations.tables import tracker_events
from closer.kit.person_keys import Sealer
from closer.services import Services, process_services
from rasa_ext.event_codec import events_from

#: Attribute of a tracker that was loaded here: how many of its events are stored already.
_STORED = "closer_stored_events"


class CloserTrackerStore(TrackerStore):
    """Keeps trackers in the table `tracker_events`.

    Args:
        host: Rasa passes the `url` of the endpoint here; the product's own settings name the database, so it is unused.
        domain: The domain of the model that asks.
        event_broker: Unused: new events go to the broker by the outbox (`rasa_ext.event_broker`).
        services: The database, the keys and the outbox; the process's own if left out.
    """

    def __init__(
        self,
        host: EndpointConfig | None = None,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        services: Services | None = None,
        **_: Any,
    ) -> None:
        super().__init__(domain)
        work = services or process_services()
        self._db, self._keys, self._broker = work.db, work.person_keys, work.broker_outbox

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return the tracker of the latest session, or None for an unknown conversation."""
        return await self._load(sender_id, whole=False)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Return the tracker of all sessions, or None for an unknown conversation."""
        return await self._load(conversation_id, whole=True)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append the events that are not stored yet.

        Raises:
            Unavailable: if the database is away; the caller must not take the turn as done.
        """
        new = await self._new_events(tracker)
        if not new:
            return
        sealer = await self._keys.sealer(tracker.sender_id)
        rows = [_row(tracker.sender_id, event, sealer) for event in new]
        async with self._db.transaction() as connection:
            await connection.execute(tracker_events.insert(), rows)
            await self._broker.add(tracker.sender_id, rows)
        setattr(tracker, _STORED, len(tracker.events))

    async def keys(self) -> Iterable[str]:
        """Return the ids of all conversations."""
        async with self._db.reading() as connection:
            return list(
                (
                    await connection.execute(select(distinct(tracker_events.c.conversation_id)))
                ).scalars()
            )

    async def _load(self, conversation_id: str, *, whole: bool) -> DialogueStateTracker | None:
        column = tracker_events.c
        mine = column.conversation_id == conversation_id
        query = select(column.event).where(mine).order_by(column.id)
        if not whole:
            started = select(func.max(column.id)).where(
                mine, column.type == SessionStarted.type_name
            )
            # `action_session_start` stands right before the event that it causes.
            query = query.where(column.id >= func.coalesce(started.scalar_subquery() - 1, 0))
        async with self._db.reading() as connection:
            sealed = list((await connection.execute(query)).scalars())
        if not sealed:
            return None
        opener = await self._keys.opener(sealed)
        events = [opener.json(token, PURPOSE) for token in sealed]
        tracker = DialogueStateTracker.from_events(
            conversation_id, events_from(events), self.domain.slots
        )
        setattr(tracker, _STORED, len(tracker.events))
        return tracker

    async def _new_events(self, tracker: DialogueStateTracker) -> list[Event]:
        events = list(tracker.events)
        known: int | None = getattr(tracker, _STORED, None)
        if known is None:  # not loaded here: put through the HTTP API, or just created
            stored = await self.retrieve_full_tracker(tracker.sender_id)
            known = len(stored.events) if stored else 0
        return events[known:]


def _row(conversation_id: str, event: Event, sealer: Sealer) -> dict[str, Any]:
    at = datetime.fromtimestamp(event.timestamp or 0, timezone.utc)
    return {
        "conversation_id": conversation_id,
        "type": event.type_name,
        "at": at,
        "event": sealer.json(event.as_dict(), PURPOSE),
    }


def unwrap(agent: Agent) -> None:
    """Take away Rasa's fail-safe wrapper around our store, which would lose events silently."""
    store = agent.tracker_store
    while not isinstance(store, CloserTrackerStore) and hasattr(store, "_tracker_store"):
        store = store._tracker_store
    agent.tracker_store = store
    if agent.processor is not None:
        agent.processor.tracker_store = store
