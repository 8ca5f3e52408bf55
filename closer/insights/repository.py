"""SQL of the daily counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import func, select

from closer.insights.records import Key, Kind
from closer.insights.tables import insight_counts
from closer.kit.db import Database

_C = insight_counts.c


class InsightRepository:
    """Rows of counts.

    Args:
        db: The database.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, counts: Mapping[Key, int]) -> None:
        """Add to the counts, each key once and in the same order everywhere, so that writers never wait in a circle."""
        statement = self._db.insert(insight_counts)
        adding = statement.on_conflict_do_update(
            index_elements=[_C["day"], _C["channel"], _C["kind"], _C["name"]],
            set_={"count": _C["count"] + statement.excluded["count"]},
        )
        rows = [
            {
                "day": key.day,
                "channel": key.channel,
                "kind": key.kind.value,
                "name": key.name,
                "count": counts[key],
            }
            for key in sorted(counts)
        ]
        async with self._db.transaction() as connection:
            connection.later(adding, rows)

    async def top(
        self, start: date, end: date, channel: str | None, most: int
    ) -> Sequence[tuple[Key, int]]:
        """Return the counts of days, both included: of each day, channel and kind the highest `most`.

        They come by day, channel and kind, the highest first.
        """
        place = func.row_number().over(
            partition_by=(_C["day"], _C["channel"], _C["kind"]),
            order_by=(_C["count"].desc(), _C["name"]),
        )
        chosen = select(insight_counts, place.label("place")).where(_C["day"].between(start, end))
        if channel is not None:
            chosen = chosen.where(_C["channel"] == channel)
        ranked = chosen.subquery().c
        query = (
            select(ranked.day, ranked.channel, ranked.kind, ranked.name, ranked["count"])
            .where(ranked.place <= most)
            .order_by(ranked.day, ranked.channel, ranked.kind, ranked.place)
        )
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [
            (Key(day, where, Kind(kind), name), count) for day, where, kind, name, count in rows
        ]
