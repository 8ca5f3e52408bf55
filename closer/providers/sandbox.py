"""The embedded provider when no vendor is configured: keeps messages so that a person can read what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from closer.kit.clock import Clock
from closer.kit.columns import process_cipher
from closer.kit.db import Database
from closer.kit.ids import new_id
from closer.providers.base import HealthRecord, OutboundMessage, ProviderHealth, ProviderReceipt
from closer.providers.sandbox_tables import sandbox_messages


@dataclass(frozen=True)
class SandboxMessage:
    """A message that was kept instead of sent."""

    id: str
    channel: str
    address: str
    subject: str
    text: str
    at: datetime


class SandboxMessages:
    """Reads the sandbox, for its page and for tests.

    Args:
        db: The database.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def latest(
        self, limit: int = 50, *, address: str | None = None, channel: str | None = None
    ) -> list[SandboxMessage]:
        """Return the newest messages first, of one address or channel if wanted."""
        query = select(sandbox_messages).order_by(sandbox_messages.c.id.desc()).limit(limit)
        if address is not None:
            query = query.where(sandbox_messages.c.address_hash == address_hash(address))
        if channel is not None:
            query = query.where(sandbox_messages.c.channel == channel)
        async with self._db.reading() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def erase(self, address: str) -> int:
        """Delete what went to an address; return how many there were."""
        statement = delete(sandbox_messages).where(
            sandbox_messages.c.address_hash == address_hash(address)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)


class SandboxProvider:
    """Writes messages to the sandbox; the same idempotency key is written once.

    Args:
        db: The database.
        clock: The time.
        channel: The channel that it stands in for.
    """

    name = "sandbox"

    def __init__(self, db: Database, clock: Clock, channel: str) -> None:
        self.channel = channel
        self._db = db
        self._clock = clock
        self._health = HealthRecord(self.name, channel)

    async def send(self, message: OutboundMessage) -> ProviderReceipt:
        """Keep the message."""
        values = {
            "id": new_id("sbx"),
            "channel": message.channel,
            "address": message.to,
            "address_hash": address_hash(message.to),
            "subject": message.subject,
            "text": message.text,
            "idempotency_key": message.idempotency_key,
            "at": self._clock.now(),
        }
        statement = self._db.insert(sandbox_messages).values(values).on_conflict_do_nothing()
        query = select(sandbox_messages.c.id).where(
            sandbox_messages.c.idempotency_key == message.idempotency_key
        )
        async with self._db.transaction() as connection:
            await connection.execute(statement)
            kept = (await connection.execute(query)).scalar_one()
        return ProviderReceipt(self.name, str(kept), "sent")

    async def health(self) -> ProviderHealth:
        """Say that it is there."""
        return self._health.state()

    async def close(self) -> None:
        """Nothing to release."""


def address_hash(address: str) -> str:
    """Return the keyed hash under which an address is found."""
    return process_cipher().lookup_hash(address.strip().lower())


def _record(row: Mapping[Any, Any]) -> SandboxMessage:
    return SandboxMessage(
        row["id"], row["channel"], row["address"], row["subject"], row["text"], row["at"]
    )
