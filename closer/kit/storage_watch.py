"""Watches what a process stands on: database, disk, clock. Says so in one log line when it changes, and on demand.

Nothing is decided here: a turn without database is refused by the database's own error and run again by the inbox.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine.url import make_url
from sqlalchemy.exc import SQLAlchemyError

from closer.kit.db import Database
from closer.kit.errors import Unavailable
from closer.kit.logging import get_logger
from closer.kit.tasks import end

_log = get_logger(__name__)

_MB = 1_000_000


class StorageWatch:
    """Looks every few seconds.

    Args:
        db: The database.
        folder: Where the process writes; its disk is watched.
        every_s: Seconds between two looks.
        deadline_s: How long the database may take to answer.
        least_mb: Free space below which a warning is due.
        wall: The clock of the wall, which may jump.
        steady: The clock that does not.
    """

    def __init__(
        self,
        db: Database,
        folder: Path,
        *,
        every_s: float = 2.0,
        deadline_s: float = 5.0,
        least_mb: int = 200,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._db = db
        self._folder = folder
        self._every_s = every_s
        self._deadline_s = deadline_s
        self._least_mb = least_mb
        self._wall, self._steady = wall, steady
        self._offset = wall() - steady()
        self._away_since: float | None = None
        self._reason = ""
        self._free_mb = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look once, so that a missing database is told of before anything else fails, then go on in the background."""
        await self.look()
        self._task = asyncio.create_task(self._forever())

    async def stop(self) -> None:
        """End."""
        await end(self._task)

    def state(self) -> dict[str, Any]:
        """Return what was found last."""
        return {
            "database": "ok" if self._away_since is None else "away",
            "reason": self._reason,
            "disk": "ok" if self._free_mb >= self._least_mb else "nearly_full",
            "disk_free_mb": self._free_mb,
        }

    async def look(self) -> None:
        """Look at everything once."""
        await self._look_at_database()
        self._look_at_disk()
        self._look_at_clock()

    async def _look_at_database(self) -> None:
        try:
            await asyncio.wait_for(self._ask(), self._deadline_s)
        except (Unavailable, SQLAlchemyError, OSError, asyncio.TimeoutError) as error:
            cause = error.__cause__ or error
            self._reason = type(cause).__name__
            if self._away_since is None:
                self._away_since = self._steady()
                where = make_url(self._db.url).render_as_string(hide_password=True)
                _log.error("database_away", database=where, reason=self._reason)
            return
        if self._away_since is not None:
            _log.info("database_back", away_s=round(self._steady() - self._away_since, 1))
        self._away_since, self._reason = None, ""

    async def _ask(self) -> None:
        async with self._db.reading() as connection:
            await connection.execute(text("SELECT 1"))

    def _look_at_disk(self) -> None:
        before, self._free_mb = self._free_mb, shutil.disk_usage(self._folder).free // _MB
        if self._free_mb < self._least_mb <= (before or self._least_mb):
            _log.error("disk_nearly_full", folder=str(self._folder), free_mb=self._free_mb)
        elif before and before < self._least_mb <= self._free_mb:
            _log.info("disk_has_space_again", free_mb=self._free_mb)

    def _look_at_clock(self) -> None:
        offset = self._wall() - self._steady()
        if abs(offset - self._offset) > 2:
            # Order is kept by ordinals and tickets by Redis' clock; only a session may seem to have expired.
            _log.warning("clock_jumped", seconds=round(offset - self._offset, 1))
        self._offset = offset

    async def _forever(self) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.look()
            except Exception:
                _log.exception("storage_watch_failed")
