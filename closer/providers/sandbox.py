"""Messages of an installation without vendors: kept so that a person can read what was sent.

The simulator keeps both directions here; the provider stands in where no simulator runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from closer.kit.clock import Clock
from closer.kit.columns import process_cipher
from closer.kit.db import Database
from closer.kit.ids import new_id
from closer.providers.base import HealthRecord, OutboundMessage, ProviderHealth, ProviderReceipt
from closer.providers.sandbox_tables import sandbox_messages


@dataclass(frozen=True)
class SandboxMessage:
    """A message that was kept instead of sent, or that was written to us in the simulator.

    Attributes:
        id: Its id; the vendor's, in the simulator.
        channel: `sms` or `email`.
        address: The person's address.
        subject: Of a mail.
        text: The plain text.
        at: When.
        incoming: Whether the person wrote it.
        state: What became of it, in the vendor's word.
        extras: What else it holds: `html`, `headers`, `media`, `ours` (our address), `callback`.
    """

    id: str
    channel: str
    address: str
    subject: str
    text: str
    at: datetime
    incoming: bool = False
    state: str = "sent"
    extras: Mapping[str, Any] = field(default_factory=dict)


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
        """Return the newest messages of ours first, of one address or channel if wanted."""
        query = _newest(limit).where(~sandbox_messages.c.incoming)
        if address is not None:
            query = query.where(sandbox_messages.c.address_hash == address_hash(address))
        if channel is not None:
            query = query.where(sandbox_messages.c.channel == channel)
        async with self._db.reading() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def thread(self, addresses: Sequence[str], limit: int = 200) -> list[SandboxMessage]:
        """Return the newest messages of a person's addresses in both directions, the oldest of them first."""
        hashes = [address_hash(address) for address in addresses]
        query = _newest(limit).where(sandbox_messages.c.address_hash.in_(hashes))
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_record(row) for row in reversed(rows)]

    async def find(self, message_id: str) -> SandboxMessage | None:
        """Return a message."""
        query = select(sandbox_messages).where(sandbox_messages.c.id == message_id)
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _record(row) if row else None

    async def keep(self, message: SandboxMessage, idempotency_key: str | None = None) -> str:
        """Store a message; return its id, that of the earlier one when the key was used before."""
        key = idempotency_key or message.id
        values = {
            "id": message.id,
            "channel": message.channel,
            "address": message.address,
            "address_hash": address_hash(message.address),
            "subject": message.subject,
            "text": message.text,
            "idempotency_key": key,
            "at": message.at,
            "incoming": message.incoming,
            "state": message.state,
            "extras": dict(message.extras),
        }
        statement = self._db.insert_new(sandbox_messages).values(values)
        query = select(sandbox_messages.c.id).where(sandbox_messages.c.idempotency_key == key)
        async with self._db.transaction() as connection:
            await connection.execute(statement)
            return str((await connection.execute(query)).scalar_one())

    async def set_state(self, message_id: str, state: str) -> None:
        """Note what became of a message."""
        row = sandbox_messages.c.id == message_id
        async with self._db.transaction() as connection:
            await connection.execute(update(sandbox_messages).where(row).values(state=state))

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
        self._messages = SandboxMessages(db)
        self._clock = clock
        self._health = HealthRecord(self.name, channel)

    async def send(self, message: OutboundMessage) -> ProviderReceipt:
        """Keep the message."""
        kept = await self._messages.keep(
            SandboxMessage(
                id=new_id("sbx"),
                channel=message.channel,
                address=message.to,
                subject=message.subject,
                text=message.text,
                at=self._clock.now(),
            ),
            message.idempotency_key,
        )
        return ProviderReceipt(self.name, kept, "sent")

    async def health(self) -> ProviderHealth:
        """Say that it is there."""
        return self._health.state()

    async def close(self) -> None:
        """Nothing to release."""


def address_hash(address: str) -> str:
    """Return the keyed hash under which an address is found."""
    return process_cipher().lookup_hash(address.strip().lower())


def _newest(limit: int) -> Any:
    return (
        select(sandbox_messages)
        .order_by(sandbox_messages.c.at.desc(), sandbox_messages.c.id.desc())
        .limit(limit)
    )


def _record(row: Mapping[Any, Any]) -> SandboxMessage:
    return SandboxMessage(
        id=row["id"],
        channel=row["channel"],
        address=row["address"],
        subject=row["subject"],
        text=row["text"],
        at=row["at"],
        incoming=row["incoming"],
        state=row["state"],
        extras=row["extras"],
    )
