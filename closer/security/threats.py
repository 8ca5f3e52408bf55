"""Threats: what was refused as forged, replayed, oversized or not to be read, counted by kind, source and hour.

An attack must not become work for the database: what one source does again within seconds is added up here first.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import CloserError
from closer.kit.logging import get_logger
from closer.kit.tasks import end
from closer.security.threat_tables import threats

_log = get_logger(__name__)

_PAUSE_S = 2.0
_MOST_SOURCES = 1000  # at once; the rest is counted together
_OTHERS = "others"


@dataclass(frozen=True)
class Threat:
    """What a source did within an hour."""

    kind: str
    source: str
    hour: datetime
    count: int
    evidence: str
    first_at: datetime
    last_at: datetime


class ThreatLog:
    """Counts threats and hands the counts out.

    Args:
        db: The database.
        clock: The time.
        pause_s: How long what follows is added up before it is written.
    """

    def __init__(self, db: Database, clock: Clock, pause_s: float = _PAUSE_S) -> None:
        self._db = db
        self._clock = clock
        self._pause_s = pause_s
        self._pending: Counter[tuple[str, str]] = Counter()
        self._evidence: dict[tuple[str, str], str] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, kind: str, source: str, evidence: str = "") -> None:
        """Count a threat; it is written in the background.

        Args:
            kind: What it is, e.g. `forged_webhook`.
            source: Who did it, e.g. an internet address and a channel; nothing personal.
            evidence: Why it was refused, in a few words; no content of the request.
        """
        key = (kind[:48], source[:160])
        if key not in self._pending and len(self._pending) >= _MOST_SOURCES:
            key = (kind[:48], _OTHERS)
        self._pending[key] += 1
        self._evidence[key] = evidence[:300]
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write_on())

    async def flush(self) -> None:
        """Write what is not written yet."""
        pending, self._pending = self._pending, Counter()
        evidence, self._evidence = self._evidence, {}
        now = self._clock.now()
        try:
            async with self._db.transaction():
                for key, count in sorted(pending.items()):
                    await self._add(key, count, evidence[key], now)
        except CloserError:
            for key, count in pending.items():
                self._pending[key] += count
                self._evidence.setdefault(key, evidence[key])
            raise

    async def close(self) -> None:
        """Write the rest and stop."""
        await end(self._writing)
        if self._pending:
            await self.flush()

    async def recent(
        self, *, since: datetime, kind: str | None = None, limit: int = 200
    ) -> Sequence[Threat]:
        """Return what happened since a moment, the newest first."""
        query = select(threats).where(threats.c.last_at >= since)
        if kind is not None:
            query = query.where(threats.c.kind == kind)
        query = query.order_by(threats.c.last_at.desc(), threats.c.kind).limit(limit)
        async with self._db.reading() as connection:
            return [Threat(**row) for row in (await connection.execute(query)).mappings()]

    async def _write_on(self) -> None:
        while self._pending:
            try:
                await self.flush()
            except CloserError as error:
                _log.warning("threats_not_written", code=error.code)
            await asyncio.sleep(self._pause_s)

    async def _add(self, key: tuple[str, str], count: int, evidence: str, now: datetime) -> None:
        kind, source = key
        hour = now.replace(minute=0, second=0, microsecond=0)
        statement = self._db.insert(threats).values(
            kind=kind,
            source=source,
            hour=hour,
            count=count,
            evidence=evidence,
            first_at=now,
            last_at=now,
        )
        changed = {"count": threats.c.count + count, "evidence": evidence, "last_at": now}
        statement = statement.on_conflict_do_update(
            index_elements=["kind", "source", "hour"], set_=changed
        )
        async with self._db.transaction() as connection:
            await connection.execute(statement)
