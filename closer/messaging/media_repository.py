"""SQL of media that people sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update

from closer.kit.db import Database
from closer.messaging.tables import media

#: All but the content, which may be large.
_HEAD = [column for column in media.c if column.name != "content"]


class MediaRepository:
    """Rows of media."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Store rows; one that is there already stays as it is."""
        async with self._db.transaction() as connection:
            await connection.execute(self._db.insert_new(media), [dict(row) for row in rows])

    async def head(self, media_id: str) -> Mapping[Any, Any] | None:
        """Return a row without its content."""
        async with self._db.reading() as connection:
            query = select(*_HEAD).where(media.c.id == media_id)
            return (await connection.execute(query)).mappings().first()

    async def content(self, media_id: str) -> str | None:
        """Return the sealed content of a row."""
        async with self._db.reading() as connection:
            query = select(media.c.content).where(media.c.id == media_id)
            content: str | None = (await connection.execute(query)).scalar()
            return content

    async def claim(self, now: datetime, lease: timedelta, limit: int) -> list[Mapping[Any, Any]]:
        """Take what is to be fetched; each goes to one claimer until its lease ends."""
        due = (media.c.state == "expected") & (media.c.next_attempt_at <= now)
        query = select(media.c.id).where(due).order_by(media.c.next_attempt_at).limit(limit)
        async with self._db.reading() as connection:
            if not (await connection.execute(query)).first():
                return []  # the usual case takes no lock
        async with self._db.transaction() as connection:
            locked = query.with_for_update(skip_locked=True)
            ids = (await connection.execute(locked)).scalars().all()
            taken = {"next_attempt_at": now + lease, "attempts": media.c.attempts + 1}
            await connection.execute(update(media).where(media.c.id.in_(ids)).values(**taken))
            rows = await connection.execute(select(*_HEAD).where(media.c.id.in_(ids)))
            return list(rows.mappings())

    async def settle(self, media_id: str, **values: Any) -> None:
        """Change a row that is still expected."""
        statement = update(media).where(media.c.id == media_id, media.c.state == "expected")
        async with self._db.transaction() as connection:
            await connection.execute(statement.values(**values))

    async def of(self, conversations: Collection[str]) -> list[Mapping[Any, Any]]:
        """Return the rows of conversations without their content, the oldest first."""
        query = select(*_HEAD).where(media.c.conversation_id.in_(conversations))
        async with self._db.reading() as connection:
            return list((await connection.execute(query.order_by(media.c.created_at))).mappings())

    async def erase(self, conversations: Collection[str]) -> int:
        """Delete the rows of conversations; return how many there were."""
        statement = delete(media).where(media.c.conversation_id.in_(conversations))
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)
