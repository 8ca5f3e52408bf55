"""Writers of a SQLite file take turns, across tasks and processes, woken within a millisecond.

SQLite has one writer at a time. Left to itself, a writer that finds the file locked sleeps up to 100 ms between looks,
holds a thread meanwhile and gives up after its timeout even though the others were quick. Here tasks of a process queue up in order,
one of each process looks for the place of the next writer, and the one that has it looks for the end of the present one. So the
database itself is found free, and a process with many writers does not keep the others out.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path

_LOOK_FOR_NEXT_S = 0.0015
_LOOK_FOR_TURN_S = 0.0004
_LONGER = 1.5  # who has looked in vain looks again after this much longer, so that waiting takes little of the processor
_LOOK_AT_LEAST_S = 0.002


class WriterTurns:
    """The queue for one database file.

    Args:
        database: The file; the locks are files beside it, freed by the system when their holder dies.
        patience_s: How long a writer waits for its turn.
    """

    def __init__(self, database: Path, patience_s: float = 5.0) -> None:
        self._paths = [database.with_name(f"{database.name}-{role}") for role in ("next", "writer")]
        self._patience_s = patience_s
        self._queue: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._files: list[int] = []
        self._process = os.getpid()

    async def line_up(self) -> None:
        """Wait until this process's earlier writers have left; `leave` makes way for the next one.

        Raises:
            TimeoutError: if they take too long.
        """
        queue = self._own_queue()
        if not queue.locked():
            await queue.acquire()
            return
        try:
            await asyncio.wait_for(queue.acquire(), self._patience_s)
        except asyncio.TimeoutError as error:
            raise TimeoutError("other writers of this process take too long") from error

    async def take(self) -> None:
        """Wait for the writers of other processes, at the head of this one's line; the turn lasts until `free` or `leave`.

        Raises:
            TimeoutError: if they take too long.
        """
        if self._process != os.getpid():  # a forked process must not share its parent's locks
            self.close()
            self._process = os.getpid()
        if not self._files:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._files = [os.open(path, flags, 0o600) for path in self._paths]
        following, writer = self._files
        give_up = asyncio.get_running_loop().time() + self._patience_s
        await _lock(following, _LOOK_FOR_NEXT_S, give_up)
        try:
            await _lock(writer, _LOOK_FOR_TURN_S, give_up)
        finally:
            fcntl.flock(following, fcntl.LOCK_UN)

    def free(self) -> None:
        """Let other processes write; from any thread, so that they need not wait until this one's loop has time."""
        if self._files:
            fcntl.flock(self._files[1], fcntl.LOCK_UN)

    def leave(self) -> None:
        """Let the next writer of this process come to the head of the line."""
        self.free()
        self._own_queue().release()

    def close(self) -> None:
        """Close the lock files."""
        while self._files:
            os.close(self._files.pop())

    def _own_queue(self) -> asyncio.Lock:
        loop = asyncio.get_running_loop()
        if self._queue is None or self._loop is not loop:
            self._queue, self._loop = asyncio.Lock(), loop
        return self._queue


async def _lock(handle: int, look_s: float, give_up: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if asyncio.get_running_loop().time() > give_up:
                raise TimeoutError("a writer of another process takes too long") from None
            await asyncio.sleep(look_s)
            look_s = min(look_s * _LONGER, _LOOK_AT_LEAST_S)
        else:
            return
