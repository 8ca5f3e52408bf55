"""The outbox of the event broker: what a turn appended to the tracker, waiting to be published in order.

Rows are written in the transaction that saves the tracker, carry the events as they were sealed there, and are
deleted once they are published. The relay (`rasa_ext.event_broker`) takes them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from closer.conversations.tables import broker_events, seen_events
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.ids import new_id

#: What the sealed events are bound to, in the tracker store and in the broker alike.
PURPOSE = "tracker_events.event"
SEEN_KEPT = timedelta(days=7)


@dataclass(frozen=True)
class BrokerEvent:
    """One event for the broker.

    Attributes:
        event_id: The same for the same event, also when it is published again.
        sealed: The event as JSON, sealed under the person's key.
    """

    event_id: str
    conversation_id: str
    type: str
    at: datetime
    sealed: str


@dataclass(frozen=True)
class Batch:
    """Events in order, and the rows that they came from.

    Attributes:
        rows: Their `event_id`: SQLite gives the number of a deleted row to another one.
    """

    events: Sequence[BrokerEvent]
    rows: Sequence[str]


class BrokerOutbox:
    """Rows of the outbox.

    Args:
        db: The database.
        clock: The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def add(self, conversation_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keep new events of a conversation, in the caller's transaction.

        Args:
            conversation_id: The conversation.
            rows: In order: `type`, `at` and the sealed `event`, as the tracker store writes them.
        """
        if not rows:
            return
        events = [[row["type"], row["at"].isoformat(), row["event"]] for row in rows]
        values = {
            "event_id": new_id("bev"),
            "conversation_id": conversation_id,
            "events": json.dumps(events),
            "at": self._clock.now(),
        }
        async with self._db.transaction() as connection:
            connection.later(broker_events.insert(), values)

    async def next(self, limit: int) -> Batch:
        """Return the oldest rows' events; a conversation's are in the order in which they happened."""
        query = select(broker_events).order_by(broker_events.c.id).limit(limit)
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        events = [
            BrokerEvent(
                f"{row['event_id']}-{number:03d}",
                row["conversation_id"],
                kind,
                datetime.fromisoformat(at),
                sealed,
            )
            for row in rows
            for number, (kind, at, sealed) in enumerate(json.loads(row["events"]))
        ]
        return Batch(events, [row["event_id"] for row in rows])

    async def purge(self) -> int:
        """Forget what consumers saw a week ago; return how much (run by the worker)."""
        old = seen_events.c.at < self._clock.now() - SEEN_KEPT
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(delete(seen_events).where(old))
            return int(done.rowcount)

    async def published(self, batch: Batch) -> None:
        """Delete what was published."""
        async with self._db.transaction() as connection:
            connection.later(delete(broker_events).where(broker_events.c.event_id.in_(batch.rows)))
