"""SQL of the outbox: notifications are added, read, put back and forgotten."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from closer.kit.db import Database
from closer.kit.person_keys import PersonErased, PersonKeys
from closer.notifications.records import Notification
from closer.notifications.sealing import SEALED, opened, sealed
from closer.notifications.tables import notifications

#: Longer than a message may be on its way.
_LONG_WAY = timedelta(hours=6)


async def read_all(keys: PersonKeys, rows: Sequence[Mapping[Any, Any]]) -> list[Notification]:
    """Return the notifications of rows; those of erased people are left out."""
    opener = await keys.opener(row[name] for row in rows for name in SEALED)
    found = []
    for row in rows:
        try:
            found.append(opened(opener, row))
        except PersonErased:
            continue
    return found


class NotificationRepository:
    """Rows of the outbox."""

    def __init__(self, db: Database, keys: PersonKeys) -> None:
        self._db = db
        self._keys = keys

    async def add(self, **values: Any) -> tuple[str, bool]:
        """Store a notification unless its key is there; return the id and whether it is new."""
        person = values["customer_id"] or values["conversation_id"]
        row = sealed(await self._keys.sealer(person), values)
        statement = self._db.insert_new(notifications).values(**row)
        query = select(notifications.c.id).where(
            notifications.c.idempotency_key == values["idempotency_key"]
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            if done.rowcount == 1:
                return str(values["id"]), True
            return str((await connection.execute(query)).scalar_one()), False

    async def get(self, notification_id: str) -> Notification | None:
        """Return one notification."""
        query = select(notifications).where(notifications.c.id == notification_id)
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        found = await read_all(self._keys, rows)
        return found[0] if found else None

    async def revive(self, notification_id: str, now: datetime) -> bool:
        """Put a dead or failed notification, whose body is still there, back in the queue."""
        table = notifications.c
        statement = (
            update(notifications)
            .where(
                table.id == notification_id,
                table.state.in_(("dead", "failed")),
                table.body.isnot(None),
            )
            .values(state="pending", attempts=0, next_attempt_at=now, error=None)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def page(
        self,
        limit: int,
        after: str | None,
        states: Sequence[str] = (),
        customer_id: str | None = None,
    ) -> list[Notification]:
        """Return notifications, the newest first."""
        query = select(notifications).order_by(notifications.c.id.desc()).limit(limit)
        if states:
            query = query.where(notifications.c.state.in_(states))
        if customer_id is not None:
            query = query.where(notifications.c.customer_id == customer_id)
        if after:
            query = query.where(notifications.c.id < after)
        return await self._read(query)

    async def concerning(self, ids: Collection[str]) -> list[Notification]:
        """Return all that was sent to somebody, by customer or conversation."""
        return await self._read(select(notifications).where(_of(ids)))

    async def counts(self) -> dict[str, int]:
        """Return how many notifications are in each state."""
        query = select(notifications.c.state, func.count()).group_by(notifications.c.state)
        async with self._db.reading() as connection:
            return {state: int(count) for state, count in await connection.execute(query)}

    async def outcomes(self, channel: str, since: datetime) -> tuple[int, int]:
        """Return how many sends on a channel succeeded lately, and how many failed or are tried again."""
        column = notifications.c
        taken = column.sent_at >= since
        troubled = (
            (column.created_at >= since)
            & column.sent_at.is_(None)
            & (column.attempts > 0)
            & column.state.in_(("pending", "dead"))
            & column.error.isnot(None)
        )
        counts = select(
            func.count().filter(taken).label("taken"), func.count().filter(troubled).label("bad")
        ).where(column.channel == channel, column.created_at >= since - _LONG_WAY)
        async with self._db.reading() as connection:
            row = (await connection.execute(counts)).one()
        return int(row.taken), int(row.bad)

    async def erase(self, ids: Collection[str]) -> int:
        """Delete all that was sent to somebody; return how many there were."""
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(delete(notifications).where(_of(ids)))
            return int(done.rowcount)

    async def purge(self, before: datetime) -> int:
        """Delete what was settled before a moment; return how many there were."""
        settled = notifications.c.state.notin_(("pending", "sending"))
        statement = delete(notifications).where(settled, notifications.c.created_at < before)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)

    async def _read(self, query: Any) -> list[Notification]:
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return await read_all(self._keys, rows)


def _of(ids: Collection[str]) -> Any:
    wanted = sorted(ids)
    return or_(notifications.c.customer_id.in_(wanted), notifications.c.conversation_id.in_(wanted))
