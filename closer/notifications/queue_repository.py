"""SQL of delivery: due notifications are claimed in order, settled, and their fate noted as the vendor reports it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, select, update

from closer.kit.db import Database
from closer.kit.person_keys import PersonKeys
from closer.notifications.records import (
    LAST_KINDS,
    SECRET_KINDS,
    STATUS_RANK,
    Notification,
    Settlement,
    VendorReport,
)
from closer.notifications.repository import read_all
from closer.notifications.tables import early_reports, notifications

_OPEN = ("pending", "sending")


class DeliveryRepository:
    """The outbox as the delivery sees it."""

    def __init__(self, db: Database, keys: PersonKeys) -> None:
        self._db = db
        self._keys = keys

    async def due_channels(self, now: datetime) -> list[str]:
        """Return the channels on which something waits for delivery."""
        query = select(notifications.c.channel).where(_due(now)).distinct()
        async with self._db.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def claim(
        self, channel: str, owner: str, now: datetime, lease: timedelta, limit: int
    ) -> list[Notification]:
        """Take due notifications of a channel; each goes to one claimer until its lease ends.

        To one address there is one at a time, so that messages arrive in the order in which they were written.
        """
        table, earlier = notifications.c, notifications.alias("earlier")
        first_in_line = ~(
            select(earlier.c.id)
            .where(
                earlier.c.address_hash == table.address_hash,
                earlier.c.channel == table.channel,
                earlier.c.state.in_(_OPEN),
                earlier.c.id < table.id,
            )
            .exists()
        )
        query = (
            select(table.id)
            .where(table.channel == channel, _due(now), first_in_line)
            .order_by(table.next_attempt_at, table.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        async with self._db.transaction() as connection:
            ids = (await connection.execute(query)).scalars().all()
            if not ids:
                return []
            mine = table.id.in_(ids)
            values = {"state": "sending", "owner": owner, "lease_until": now + lease}
            await connection.execute(
                update(notifications).where(mine).values(attempts=table.attempts + 1, **values)
            )
            claimed = await connection.execute(
                select(notifications).where(mine).order_by(table.next_attempt_at, table.id)
            )
            found = await read_all(self._keys, claimed.mappings().all())
            if len(found) < len(ids):  # of people who were erased meanwhile
                gone = set(ids) - {item.id for item in found}
                await connection.execute(delete(notifications).where(table.id.in_(gone)))
            return found

    async def settle_all(self, settlements: Sequence[Settlement]) -> list[None]:
        """Write what came of several deliveries in one transaction; one whose lease was lost changes nothing."""
        async with self._db.transaction():
            for item in settlements:
                if item.values is None:
                    await self.forget(item.notification_id, item.owner)
                else:
                    await self.settle(item.notification_id, item.owner, **item.values)
        return [None] * len(settlements)

    async def forget(self, notification_id: str, owner: str) -> bool:
        """Delete a notification after its delivery; False if the lease was lost to another."""
        table = notifications.c
        mine = and_(table.id == notification_id, table.state == "sending", table.owner == owner)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(delete(notifications).where(mine))
            return bool(done.rowcount == 1)

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

    async def report(self, report: VendorReport, key: str | None = None) -> bool:
        """Note what a vendor reports; what it outweighs gives way. False if the message is not known (yet).

        Args:
            report: What is reported.
            key: Our own key of the message, if the vendor repeats it.
        """
        async with self._db.transaction() as connection:
            if await self._apply(connection, report):
                return True
            if key and await self._apply_by_key(connection, report, key):
                return True
            news = {"status": report.status, "at": report.at, "error": report.error}
            kept = self._db.insert(early_reports).values(asdict(report))
            await connection.execute(
                kept.on_conflict_do_update(
                    index_elements=["provider", "provider_id"],
                    set_=news,
                    where=early_reports.c.status.in_(_outweighed_by(report.status)),
                )
            )
        return False

    async def catch_up_reports(self, before: datetime, limit: int = 500) -> int:
        """Apply reports that came before their message was known; return how many. Old ones are dropped."""
        query = select(early_reports).limit(limit)
        async with self._db.reading() as connection:
            if not (rows := (await connection.execute(query)).mappings().all()):
                return 0
        applied = 0
        async with self._db.transaction() as connection:
            for row in rows:
                done = await self._apply(connection, VendorReport(**row))
                applied += done
                if done or row["at"] < before:
                    await connection.execute(
                        delete(early_reports).where(
                            early_reports.c.provider == row["provider"],
                            early_reports.c.provider_id == row["provider_id"],
                        )
                    )
        return applied

    async def _apply(self, connection: Any, report: VendorReport) -> bool:
        """Return whether the message is known, whether or not the report changes anything."""
        table = notifications.c
        mine = and_(table.provider_id == report.provider_id, table.provider == report.provider)
        done = await connection.execute(
            update(notifications)
            .where(mine, table.state.in_(_outweighed_by(report.status)))
            .values(state=report.status, status_at=report.at, error=report.error)
        )
        if done.rowcount:
            return True
        return (await connection.execute(select(table.id).where(mine))).first() is not None

    async def _apply_by_key(self, connection: Any, report: VendorReport, key: str) -> bool:
        """Settle a message of which we never heard that the vendor took it; it is not sent again."""
        table = notifications.c
        open_still = and_(
            table.idempotency_key == key,
            table.provider_id.is_(None),
            table.attempts > 0,
            table.state.in_((*_OPEN, "dead")),
        )
        query = select(table.id, table.kind).where(open_still).with_for_update()
        row = (await connection.execute(query)).mappings().first()
        if row is None:
            return False
        mine = table.id == row["id"]
        if row["kind"] in LAST_KINDS:
            await connection.execute(delete(notifications).where(mine))
            return True
        values: dict[str, Any] = {
            "state": report.status,
            "status_at": report.at,
            "sent_at": report.at,
            "provider": report.provider,
            "provider_id": report.provider_id,
            "error": report.error,
            "owner": None,
            "lease_until": None,
        }
        if row["kind"] in SECRET_KINDS:
            values |= {"body": None, "extras": None}
        await connection.execute(update(notifications).where(mine).values(**values))
        return True


def _due(now: datetime) -> Any:
    table = notifications.c
    return or_(
        and_(table.state == "pending", table.next_attempt_at <= now),
        and_(table.state == "sending", table.lease_until < now),
    )


def _outweighed_by(status: str) -> list[str]:
    return [known for known, rank in STATUS_RANK.items() if rank < STATUS_RANK[status]]
