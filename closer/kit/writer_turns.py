"""Writers of a SQLite file take turns, across tasks and processes, woken within a millisecond.

SQLite has one writer at a time. Left to itself, a writer that finds the file locked sleeps up to 100 ms between looks,
holds a thread meanwhile and gives up after its timeout even though the others were quick. Here tasks of a process queue up in order
and at most one of each process looks for the lock file, so that the database itself is found free.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_FIRST_LOOK_S = 0.0003
_LAST_LOOK_S = 0.002


class WriterTurns:
    """The queue for one database file.

    Args:
        database: The file; the lock is a file beside it, freed by the system when its holder dies.
        patience_s: How long a writer waits for its turn.
    """

    def __init__(self, database: Path, patience_s: float = 5.0) -> None:
        self._path = database.with_name(f"{database.name}-writer")
        self._patience_s = patience_s
        self._queue: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._file: int | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the turn to write and keep it until the end of the block.

        Raises:
            TimeoutError: if it does not come in time.
        """
        queue = self._own_queue()
        try:
            await asyncio.wait_for(queue.acquire(), self._patience_s)
        except asyncio.TimeoutError as error:
            raise TimeoutError("other writers of this process take too long") from error
        try:
            handle = await self._lock_file()
            try:
                yield
            finally:
                fcntl.flock(handle, fcntl.LOCK_UN)
        finally:
            queue.release()

    def close(self) -> None:
        """Close the lock file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    async def _lock_file(self) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        loop = asyncio.get_running_loop()
        give_up, pause = loop.time() + self._patience_s, _FIRST_LOOK_S
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return self._file
            except BlockingIOError:
                if loop.time() > give_up:
                    raise TimeoutError("a writer of another process takes too long") from None
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LAST_LOOK_S)

    def _own_queue(self) -> asyncio.Lock:
        loop = asyncio.get_running_loop()
        if self._queue is None or self._loop is not loop:
            self._queue, self._loop = asyncio.Lock(), loop
        return self._queue
