"""SQL of conversations: inbox rows, entries, action receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, update

from closer.conversations.records import InboxRecord
from closer.conversations.tables import action_runs, entries, inbox
from closer.conversations.turn import Entry, InboundMessage, TurnResult, to_json
from closer.kit.db import Database


def _record(row: Mapping[Any, Any]) -> InboxRecord:
    result = row["result"]
    return InboxRecord(
        id=row["id"],
        state=row["state"],
        message=InboundMessage.parse_obj(row["message"]),
        result=TurnResult.parse_obj(result) if result else None,
        attempts=row["attempts"],
        received_at=row["received_at"],
    )


class InboxRepository:
    """Rows of the inbox."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, record_id: str, message: InboundMessage, at: datetime) -> bool:
        """Store a message; return False if this very message is there already."""
        values = {
            "id": record_id,
            "channel": message.channel,
            "conversation_id": message.conversation_id,
            "message_id": message.message_id,
            "state": "received",
            "message": to_json(message),
            "received_at": at,
            "attempts": 0,
        }
        async with self._db.transaction() as connection:
            statement = self._db.insert(inbox).values(values).on_conflict_do_nothing()
            outcome: Any = await connection.execute(statement)
            return bool(outcome.rowcount == 1)

    async def find(self, message: InboundMessage) -> InboxRecord | None:
        """Return the row of a message."""
        query = select(inbox).where(
            inbox.c.conversation_id == message.conversation_id,
            inbox.c.channel == message.channel,
            inbox.c.message_id == message.message_id,
        )
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _record(row) if row else None

    async def claim(self, record_id: str, owner: str, now: datetime, lease: timedelta) -> bool:
        """Take a row for processing; return False if another holds it or it is finished."""
        free = or_(
            inbox.c.state == "received",
            and_(inbox.c.state == "processing", inbox.c.lease_until < now),
        )
        statement = (
            update(inbox)
            .where(inbox.c.id == record_id, free)
            .values(
                state="processing",
                owner=owner,
                lease_until=now + lease,
                attempts=inbox.c.attempts + 1,
            )
        )
        async with self._db.transaction() as connection:
            outcome: Any = await connection.execute(statement)
            return bool(outcome.rowcount == 1)

    async def finish(self, record_id: str, result: TurnResult, now: datetime) -> None:
        """Mark a row done and keep its result."""
        await self._set(
            record_id, state="done", result=to_json(result), finished_at=now, owner=None, error=None
        )

    async def release(self, record_id: str, state: str, error: str) -> None:
        """Give a row back after a failure: `received` to be tried again, `failed` for good."""
        await self._set(record_id, state=state, owner=None, lease_until=None, error=error)

    async def unfinished(self, now: datetime, limit: int) -> list[InboxRecord]:
        """Return the oldest rows that nobody works on."""
        open_rows = or_(
            inbox.c.state == "received",
            and_(inbox.c.state == "processing", inbox.c.lease_until < now),
        )
        query = (
            select(inbox).where(open_rows).order_by(inbox.c.received_at, inbox.c.id).limit(limit)
        )
        async with self._db.reading() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def _set(self, record_id: str, **values: Any) -> None:
        async with self._db.transaction() as connection:
            await connection.execute(update(inbox).where(inbox.c.id == record_id).values(**values))


class EntryRepository:
    """The history that people read."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, conversation_id: str, items: Sequence[Entry]) -> None:
        """Append entries; one that is there already stays as it is."""
        if not items:
            return
        rows = [
            {
                "id": entry.id,
                "conversation_id": conversation_id,
                "at": entry.at,
                "sender": entry.sender,
                "channel": entry.channel,
                "message_id": entry.message_id,
                "content": to_json(entry),
            }
            for entry in items
        ]
        async with self._db.transaction() as connection:
            await connection.execute(self._db.insert(entries).on_conflict_do_nothing(), rows)

    async def last(
        self, conversation_id: str, limit: int, before: str | None = None
    ) -> list[Entry]:
        """Return the last entries before an id, oldest first."""
        query = select(entries.c.content).where(entries.c.conversation_id == conversation_id)
        if before:
            query = query.where(entries.c.id < before)
        query = query.order_by(entries.c.id.desc()).limit(limit)
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).scalars().all()
        return [Entry.parse_obj(content) for content in reversed(rows)]

    async def after(self, conversation_id: str, after: str, limit: int) -> list[Entry]:
        """Return the entries after an id, oldest first."""
        query = (
            select(entries.c.content)
            .where(entries.c.conversation_id == conversation_id, entries.c.id > after)
            .order_by(entries.c.id)
            .limit(limit)
        )
        async with self._db.reading() as connection:
            return [
                Entry.parse_obj(content) for content in (await connection.execute(query)).scalars()
            ]

    async def move(self, source: str, target: str) -> None:
        """Hand a visitor's entries over to the customer that the visitor turned out to be."""
        async with self._db.transaction() as connection:
            await connection.execute(
                update(entries)
                .where(entries.c.conversation_id == source)
                .values(conversation_id=target)
            )


class ActionRunRepository:
    """Receipts of actions, so that an action run again for the same message does nothing twice."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(
        self, conversation_id: str, message_id: str, action: str, ordinal: int
    ) -> Any | None:
        """Return what the action answered when it ran for this message, or None."""
        query = select(action_runs.c.outcome).where(
            action_runs.c.conversation_id == conversation_id,
            action_runs.c.message_id == message_id,
            action_runs.c.action == action,
            action_runs.c.ordinal == ordinal,
        )
        async with self._db.reading() as connection:
            return (await connection.execute(query)).scalar()

    async def add(
        self,
        conversation_id: str,
        message_id: str,
        action: str,
        ordinal: int,
        *,
        outcome: Any,
        at: datetime,
    ) -> None:
        """Keep what an action answered."""
        values = {
            "conversation_id": conversation_id,
            "message_id": message_id,
            "action": action,
            "ordinal": ordinal,
            "outcome": outcome,
            "at": at,
        }
        async with self._db.transaction() as connection:
            await connection.execute(action_runs.insert().values(values))
