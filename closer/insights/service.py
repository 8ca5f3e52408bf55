"""The service of the daily counts: adds what the feed has counted, and gives it out by day and channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby

from closer.insights.records import DailyInsight, Key, Kind, NamedCount, Period
from closer.insights.repository import InsightRepository
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict

MAX_DAYS = 92
USUAL_DAYS = 7
TOP = 10


class InsightService:
    """Daily counts.

    Args:
        db: The database.
        clock: The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._counts = InsightRepository(db)
        self._clock = clock

    async def add(self, counts: Mapping[Key, int]) -> None:
        """Add to the counts, in the caller's transaction if there is one."""
        if counts:
            await self._counts.add(counts)

    async def daily(
        self, start: date | None = None, end: date | None = None, channel: str | None = None
    ) -> Period:
        """Return what happened by day and channel; days on which nothing did are left out.

        Args:
            start: The first day in UTC; a week's first if left out.
            end: The last day; today if left out.
            channel: Only this one.

        Raises:
            Conflict: `days_not_usable` if the first day is after the last, or they are more than `MAX_DAYS`.
        """
        end = end or self._clock.now().date()
        start = start or end - min(timedelta(days=USUAL_DAYS - 1), end - date.min)
        if start > end:
            raise Conflict("the first day is after the last", code="days_not_usable")
        if end - start >= timedelta(days=MAX_DAYS):
            raise Conflict(f"ask for at most {MAX_DAYS} days at once", code="days_not_usable")
        rows = await self._counts.top(start, end, channel, TOP)
        by_day = groupby(rows, key=lambda row: (row[0].day, row[0].channel))
        return Period(start, end, [_insight(*place, list(some)) for place, some in by_day])


def _insight(day: date, channel: str, rows: Sequence[tuple[Key, int]]) -> DailyInsight:
    found: dict[Kind, list[NamedCount]] = {kind: [] for kind in Kind}
    for key, count in rows:
        found[key.kind].append(NamedCount(key.name, count))
    return DailyInsight(
        day,
        channel,
        messages=_only(found[Kind.MESSAGE]),
        replies=_only(found[Kind.REPLY]),
        fallbacks=_only(found[Kind.FALLBACK]),
        handoffs=_only(found[Kind.HANDOFF]),
        intents=found[Kind.INTENT],
        actions=found[Kind.ACTION],
        tasks_done=found[Kind.TASK_DONE],
        tasks_given_up=found[Kind.TASK_GIVEN_UP],
    )


def _only(counts: Sequence[NamedCount]) -> int:
    return counts[0].count if counts else 0
