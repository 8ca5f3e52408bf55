"""What a shadowed candidate made of real messages: kept without text, and added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, select

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.lifecycle.records import ShadowResult, ShadowSummary
from closer.lifecycle.tables import model_shadow_results

KEPT = timedelta(days=30)
_S = model_shadow_results.c
_MOST_PAIRS = 10


class ShadowResults:
    """Results of shadow mode.

    Args:
        db: The database.
        clock: The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def add(self, results: Sequence[ShadowResult]) -> None:
        """Keep results; a message that was read twice counts once."""
        if not results:
            return
        statement = self._db.insert_new(model_shadow_results)
        async with self._db.transaction() as connection:
            await connection.execute(statement, [asdict(result) for result in results])

    async def summary(self, candidate: str, since: datetime | None = None) -> ShadowSummary:
        """Return how a candidate compares with what served."""
        mine = [_S.candidate == candidate]
        if since is not None:
            mine.append(_S.at >= since)
        same: Any = case((_same_intent(), 1), else_=0)
        totals = select(
            func.count(),
            func.coalesce(func.sum(same), 0),
            func.coalesce(func.avg(_S.confidence), 0.0),
            func.coalesce(func.avg(_S.candidate_confidence), 0.0),
            func.coalesce(func.avg(_S.candidate_ms), 0.0),
        ).where(*mine)
        pairs = (
            select(_S.intent, _S.candidate_intent, func.count())
            .where(*mine, ~_same_intent())
            .group_by(_S.intent, _S.candidate_intent)
            .order_by(func.count().desc(), _S.intent, _S.candidate_intent)
            .limit(_MOST_PAIRS)
        )
        async with self._db.reading() as connection:
            messages, agreed, sure, candidate_sure, ms = (await connection.execute(totals)).one()
            different = [tuple(row) for row in await connection.execute(pairs)]
        return ShadowSummary(
            candidate, int(messages), int(agreed), float(sure), float(candidate_sure), float(ms),
            different,
        )  # fmt: skip

    async def forget_old(self) -> int:
        """Delete what is older than is kept; return how much it was."""
        statement = delete(model_shadow_results).where(_S.at < self._clock.now() - KEPT)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)


def _same_intent() -> Any:
    return func.coalesce(_S.intent, "") == func.coalesce(_S.candidate_intent, "")
