"""SQL of feedback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from closer.feedback.records import About, Feedback
from closer.feedback.tables import feedback
from closer.kit.db import Database

_F = feedback.c
_ABOUT = [item.name for item in fields(About)]
_OWN = [item.name for item in fields(Feedback) if item.name != "about"]


def _record(row: Mapping[Any, Any]) -> Feedback:
    about = About(**{name: row[name] for name in _ABOUT})
    return Feedback(about=about, **{name: row[name] for name in _OWN})


class FeedbackRepository:
    """Rows of feedback."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, **values: Any) -> bool:
        """Store feedback; False if its id or idempotency key is there."""
        statement = self._db.insert_new(feedback).values(**values)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def change(self, feedback_id: str, **values: Any) -> None:
        """Store other values of feedback."""
        statement = update(feedback).where(_F.id == feedback_id).values(**values)
        async with self._db.transaction() as connection:
            await connection.execute(statement)

    async def remove(self, feedback_id: str) -> None:
        """Delete feedback, if it is there."""
        async with self._db.transaction() as connection:
            await connection.execute(delete(feedback).where(_F.id == feedback_id))

    async def find(self, **wanted: Any) -> Feedback | None:
        """Return the feedback with these values."""
        query = select(feedback).where(*(_F[name] == value for name, value in wanted.items()))
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _record(row) if row else None

    async def page(
        self,
        limit: int,
        after: str | None,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        equal: Mapping[str, Any] | None = None,
        rated_up_to: int | None = None,
    ) -> Sequence[Feedback]:
        """Return feedback, the newest first; `rated_up_to` keeps ratings up to it."""
        query = select(feedback).order_by(_F.sort_key.desc()).limit(limit)
        if start is not None:
            query = query.where(_F.created_at >= start)
        if end is not None:
            query = query.where(_F.created_at < end)
        for name, value in (equal or {}).items():
            query = query.where(_F[name] == value)
        if rated_up_to is not None:
            query = query.where(_F.rating <= rated_up_to)
        if after:
            query = query.where(_F.sort_key < after)
        async with self._db.reading() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def ratings(self, **wanted: Any) -> dict[int, int]:
        """Return how often each rating was given."""
        query = (
            select(_F.rating, func.count())
            .where(_F.rating.isnot(None), *(_F[name] == value for name, value in wanted.items()))
            .group_by(_F.rating)
        )
        async with self._db.reading() as connection:
            return {int(rating): int(count) for rating, count in await connection.execute(query)}

    async def erase(self, customer_id: str) -> int:
        """Delete what a customer or visitor said; return how much there was."""
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(
                delete(feedback).where(
                    or_(_F.customer_id == customer_id, _F.conversation_id == customer_id)
                )
            )
            return int(done.rowcount)
