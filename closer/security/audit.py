"""The audit log: who did what to which record and what came of it, append-only, in a chain that shows tampering.

Each row holds the SHA-256 of its content and of the row before it, so that a row that was changed, removed or put in
between breaks the chain. The head keeps the last hash under a seal made with our key: cutting off the end, or writing
the whole chain anew, needs the key too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from closer.kit.changes import NotedChange
from closer.kit.clock import Clock
from closer.kit.columns import process_cipher
from closer.kit.crypto import constant_time_equal
from closer.kit.db import Database
from closer.kit.errors import InvalidInput
from closer.kit.ids import new_id
from closer.kit.logging import correlation_id, redact
from closer.kit.pagination import Page, PageRequest, page_of
from closer.security.audit_tables import audit_head, audit_log

GENESIS = "0" * 64
_HEAD = 1
_BATCH = 1000
_HASHED = ("seq", "id", "at", "actor", "action", "target", "outcome", "details", "correlation_id")


@dataclass(frozen=True)
class AuditEntry:
    """One thing that was done."""

    seq: int
    id: str
    at: datetime
    actor: str
    action: str
    target: str
    outcome: str
    details: dict[str, Any]
    correlation_id: str


@dataclass(frozen=True)
class ChainCheck:
    """Whether the log is as it was written.

    Attributes:
        checked: How many rows were looked at.
        broken_at: The number of the first row that is wrong or missing; None if all is well.
        reason: What is wrong with it.
    """

    checked: int
    broken_at: int | None = None
    reason: str = ""

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return self.broken_at is None


class AuditLog:
    """Writes, reads and checks the log.

    Args:
        db: The database.
        clock: The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def record(
        self,
        *,
        actor: str,
        action: str,
        target: str,
        outcome: str = "ok",
        details: Mapping[str, Any] | None = None,
    ) -> int:
        """Append a row, in the caller's transaction if there is one, and return its number.

        Writers stand in line until they commit, so call it last in a transaction.

        Args:
            actor: Who: an account's, customer's or service's id.
            action: What, e.g. `privacy.opt_out`.
            target: To what, e.g. `customer:user_123`.
            outcome: `ok`, `refused`, `failed`.
            details: Plain data; addresses, numbers and secrets in it are replaced.
        """
        entry = NotedChange(actor, action, target, dict(details or {}))
        return await self._append([entry], outcome)

    async def record_all(self, changes: Sequence[NotedChange]) -> None:
        """Append what services noted in a transaction, in its order."""
        await self._append(changes, "ok")

    async def _append(self, changes: Sequence[NotedChange], outcome: str) -> int:
        """Append rows to the chain, whose head is locked until the transaction ends; return the last one's number."""
        async with self._db.transaction() as connection:
            seq, digest = await self._lock_head()
            for change in changes:
                seq, previous = seq + 1, digest
                row = self._row(seq, change, outcome)
                digest = _digest(row, previous)
                await connection.execute(
                    audit_log.insert().values(**row, previous_hash=previous, hash=digest)
                )
            head = {"seq": seq, "hash": digest, "seal": _seal(seq, digest)}
            await connection.execute(
                update(audit_head).where(audit_head.c.id == _HEAD).values(**head)
            )
        return seq

    def _row(self, seq: int, change: NotedChange, outcome: str) -> dict[str, Any]:
        clean = redact(json.loads(json.dumps(dict(change.details), default=str)))
        return {
            "seq": seq,
            "id": new_id("aud"),
            "at": self._clock.now(),
            "actor": change.actor[:160],
            "action": change.action[:80],
            "target": change.target[:200],
            "outcome": outcome[:32],
            "details": json.dumps(clean, sort_keys=True, ensure_ascii=True),
            "correlation_id": correlation_id()[:64],
        }

    async def verify(self) -> ChainCheck:
        """Read the whole log and tell the first row that is not as it was written."""
        expected, previous = 1, GENESIS
        async with self._db.reading() as connection:
            query = select(audit_head).where(audit_head.c.id == _HEAD)
            head = (await connection.execute(query)).mappings().first()
            while rows := await self._rows_from(expected):
                for row in rows:
                    reason = _flaw(row, expected, previous)
                    if reason:
                        return ChainCheck(expected - 1, expected, reason)
                    expected, previous = expected + 1, row["hash"]
        last = expected - 1
        if head is None:
            return ChainCheck(last) if last == 0 else ChainCheck(last, last, "the head is missing")
        if not constant_time_equal(head["seal"], _seal(head["seq"], head["hash"])):
            return ChainCheck(last, max(last, 1), "the head was not sealed with our key")
        if head["seq"] > last:
            return ChainCheck(last, last + 1, "rows are missing at the end")
        if head["hash"] != previous:
            return ChainCheck(last, last, "the end is not what the head says")
        return ChainCheck(last)

    async def entries(
        self,
        page: PageRequest,
        *,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Page[AuditEntry]:
        """Return a page of the log, the newest first; `action` may be a prefix that ends in a dot."""
        table = audit_log.c
        query = select(audit_log).order_by(table.seq.desc()).limit(page.limit + 1)
        if page.after is not None:
            query = query.where(table.seq < _number(page.after))
        if actor is not None:
            query = query.where(table.actor == actor)
        if action is not None:
            prefix = action.endswith(".")
            query = query.where(
                table.action.startswith(action, autoescape=True)
                if prefix
                else table.action == action
            )
        if target is not None:
            query = query.where(table.target == target)
        if since is not None:
            query = query.where(table.at >= since)
        if until is not None:
            query = query.where(table.at < until)
        async with self._db.reading() as connection:
            rows = [_entry(row) for row in (await connection.execute(query)).mappings()]
        return page_of(rows, page, key=lambda entry: str(entry.seq))

    async def _lock_head(self) -> tuple[int, str]:
        start = {"id": _HEAD, "seq": 0, "hash": GENESIS, "seal": _seal(0, GENESIS)}
        query = select(audit_head.c.seq, audit_head.c.hash).where(audit_head.c.id == _HEAD)
        async with self._db.transaction() as connection:
            found = (await connection.execute(query.with_for_update())).first()
            if found is None:
                await connection.execute(self._db.insert_new(audit_head).values(**start))
                found = (await connection.execute(query.with_for_update())).one()
        return int(found[0]), str(found[1])

    async def _rows_from(self, seq: int) -> Sequence[Mapping[Any, Any]]:
        query = (
            select(audit_log).where(audit_log.c.seq >= seq).order_by(audit_log.c.seq).limit(_BATCH)
        )
        async with self._db.reading() as connection:
            return (await connection.execute(query)).mappings().all()


def _digest(row: Mapping[Any, Any], previous: str) -> str:
    content = [row[name].isoformat() if name == "at" else row[name] for name in _HASHED]
    text = json.dumps([previous, *content], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _seal(seq: int, digest: str) -> str:
    return process_cipher().lookup_hash(f"audit head:{seq}:{digest}")


def _flaw(row: Mapping[Any, Any], expected: int, previous: str) -> str:
    if row["seq"] != expected:
        return "the row is missing"
    if row["previous_hash"] != previous:
        return "the row does not follow the one before it"
    return "" if row["hash"] == _digest(row, previous) else "the row was changed"


def _number(cursor: str) -> int:
    if not cursor.isdecimal():
        raise InvalidInput("the cursor is not valid")
    return int(cursor)


def _entry(row: Mapping[Any, Any]) -> AuditEntry:
    values = {item.name: row[item.name] for item in fields(AuditEntry)}
    return AuditEntry(**values | {"details": json.loads(row["details"])})
