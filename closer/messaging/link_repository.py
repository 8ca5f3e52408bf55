"""SQL of short links."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from closer.kit.db import Database
from closer.messaging.tables import short_links


class LinkRepository:
    """Rows of short links."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, **values: Any) -> None:
        """Store a link."""
        async with self._db.transaction() as connection:
            await connection.execute(short_links.insert().values(**values, hits=0))

    async def follow(self, code: str, now: datetime) -> str | None:
        """Return where a link leads and count it; None if there is none, or its time is over."""
        match = (short_links.c.code == code) & (short_links.c.expires_at > now)
        async with self._db.transaction() as connection:
            url = (await connection.execute(select(short_links.c.url).where(match))).scalar()
            if url is not None:
                await connection.execute(
                    update(short_links).where(match).values(hits=short_links.c.hits + 1)
                )
        return url

    async def purge(self, before: datetime) -> int:
        """Delete links that expired before a moment; return how many."""
        return await self._delete(short_links.c.expires_at <= before)

    async def erase(self, conversations: Collection[str]) -> int:
        """Delete the links of conversations; return how many."""
        return await self._delete(short_links.c.conversation_id.in_(conversations))

    async def _delete(self, which: Any) -> int:
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(delete(short_links).where(which))
            return int(done.rowcount)
