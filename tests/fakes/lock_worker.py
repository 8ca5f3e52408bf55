"""A process that takes locks: `python -m tests.fakes.lock_worker URL FOLDER NAME CONVERSATIONS HOLDS LIFE_S`.

While it holds a lock, nobody else may: it makes a file that must not be there. Each entry is written down with the
ticket's place, so that a reader can see the order.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from pathlib import Path

from closer.kit.fair_lock import FairLocks
from closer.kit.redis import connect_redis_for_locks

_AT_ONCE = 8


class Worker:
    def __init__(self, locks: FairLocks, folder: Path, name: str, conversations: int) -> None:
        self._locks = locks
        self._folder = folder
        self._conversations = conversations
        self._dice = random.Random(name)
        self._log = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def hold_one(self) -> None:
        name = f"c{self._dice.randrange(self._conversations)}"
        async with self._locks.hold(name) as ticket:
            entered = time.monotonic()
            mine = self._folder / f"{name}.inside"
            alone = self._enter(mine)
            await asyncio.sleep(self._dice.random() * 0.004)
            if alone:
                mine.unlink()
            os.write(self._log, f"{name} {ticket.place} {entered:.6f} {int(alone)}\n".encode())

    def _enter(self, mine: Path) -> bool:
        """Say whether nobody else who is alive is inside."""
        while True:
            try:
                os.symlink(str(os.getpid()), mine)  # with its content at once
            except FileExistsError:
                if _lives(int(os.readlink(mine))):
                    return False
                mine.unlink()
            else:
                return True

    async def hold_many(self, holds: int) -> None:
        for _ in range(holds):
            await self.hold_one()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def main(
    url: str, folder: str, name: str, conversations: int, holds: int, life_s: float
) -> None:
    locks = FairLocks(connect_redis_for_locks(url), life_s=life_s, grace_s=life_s / 2)
    worker = Worker(locks, Path(folder), name, conversations)
    await asyncio.gather(*(worker.hold_many(holds // _AT_ONCE) for _ in range(_AT_ONCE)))
    await locks.close()


if __name__ == "__main__":
    url, folder, name, conversations, holds, life_s = sys.argv[1:]
    asyncio.run(main(url, folder, name, int(conversations), int(holds), float(life_s)))
