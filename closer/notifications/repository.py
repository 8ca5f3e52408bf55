"""SQL of notifications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update

from closer.kit.db import Database
from closer.notifications.records import Notification
from closer.notifications.tables import notifications

_FIELDS = [item.name for item in fields(Notification)]


def _record(row: Mapping[Any, Any]) -> Notification:
    return Notification(**{name: row[name] for name in _FIELDS})


class NotificationRepository:
    """Rows of the outbox."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, **values: Any) -> tuple[str, bool]:
        """Store a notification unless its key is there; return the id and whether it is new."""
        statement = self._db.insert(notifications).values(**values).on_conflict_do_nothing()
        query = select(notifications.c.id).where(
            notifications.c.idempotency_key == values["idempotency_key"]
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            added = done.rowcount == 1
            return str((await connection.execute(query)).scalar_one()), added

    async def get(self, notification_id: str) -> Notification | None:
        """Return one notification."""
        query = select(notifications).where(notifications.c.id == notification_id)
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _record(row) if row else None

    async def claim(
        self, owner: str, now: datetime, lease: timedelta, limit: int
    ) -> list[Notification]:
        """Take due notifications for delivery; each goes to one claimer until its lease ends."""
        table = notifications.c
        due = or_(
            and_(table.state == "pending", table.next_attempt_at <= now),
            and_(table.state == "sending", table.lease_until < now),
        )
        query = (
            select(table.id)
            .where(due)
            .order_by(table.next_attempt_at, table.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        async with self._db.transaction() as connection:
            ids = (await connection.execute(query)).scalars().all()
            if not ids:
                return []
            await connection.execute(
                update(notifications)
                .where(table.id.in_(ids))
                .values(
                    state="sending",
                    owner=owner,
                    lease_until=now + lease,
                    attempts=table.attempts + 1,
                )
            )
            rows = await connection.execute(
                select(notifications)
                .where(table.id.in_(ids))
                .order_by(table.next_attempt_at, table.id)
            )
            return [_record(row) for row in rows.mappings()]

    async def due(self, now: datetime) -> bool:
        """Say whether anything waits for delivery."""
        table = notifications.c
        waiting = or_(
            and_(table.state == "pending", table.next_attempt_at <= now),
            and_(table.state == "sending", table.lease_until < now),
        )
        async with self._db.reading() as connection:
            found = await connection.execute(select(table.id).where(waiting).limit(1))
            return found.first() is not None

    async def settle(self, notification_id: str, owner: str, **values: Any) -> bool:
        """Write what came of a delivery; False if the lease was lost to another."""
        table = notifications.c
        statement = (
            update(notifications)
            .where(table.id == notification_id, table.state == "sending", table.owner == owner)
            .values(owner=None, lease_until=None, **values)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

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
        async with self._db.reading() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def counts(self) -> dict[str, int]:
        """Return how many notifications are in each state."""
        query = select(notifications.c.state, func.count()).group_by(notifications.c.state)
        async with self._db.reading() as connection:
            return {state: int(count) for state, count in await connection.execute(query)}

    async def erase(self, customer_id: str) -> int:
        """Delete a customer's notifications; return how many there were."""
        statement = delete(notifications).where(notifications.c.customer_id == customer_id)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)

    async def purge(self, before: datetime) -> int:
        """Delete what was settled before a moment; return how many there were."""
        settled = notifications.c.state.in_(("sent", "failed", "dead"))
        statement = delete(notifications).where(settled, notifications.c.created_at < before)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)
