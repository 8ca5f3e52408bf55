"""How many turns run at once in the background: as many as the event loop bears without holding up acknowledgements.

A turn computes for some milliseconds at a time, and so long nothing else moves. While many messages arrive, no further
turn begins in the background, for some seconds at most. Beside a turn that somebody waits for in the chat there is one in
the background; otherwise a few at once (they wait for the database and for actions most of the time), more only while
the loop comes round quickly.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

_ALWAYS = 2
_MOST = 64
_QUICK_S = 0.01
_PAUSE_S = 0.02
_CROWD = 1
_PATIENCE_S = 3.0


class Room:
    """Lets turns in.

    Args:
        always: How many may run whatever the loop's pace.
        most: How many may run at all.
        quick_s: Within how many seconds the loop must come round for more than `always`.
        patience_s: How long a turn lets arriving messages go first.
    """

    def __init__(
        self,
        always: int = _ALWAYS,
        most: int = _MOST,
        quick_s: float = _QUICK_S,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._always = always
        self._quick_s = quick_s
        self._patience_s = patience_s
        self._free = asyncio.Semaphore(most)
        self._door = asyncio.Lock()
        self._inside = 0
        self._arriving = 0
        self._awaited = 0

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """Count a message that is being accepted, until the block ends."""
        self._arriving += 1
        try:
            yield
        finally:
            self._arriving -= 1

    @contextmanager
    def awaited(self) -> Iterator[None]:
        """Count a turn whose answer somebody waits for, until the block ends."""
        self._awaited += 1
        try:
            yield
        finally:
            self._awaited -= 1

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Wait for a place and hold it until the block ends."""
        async with self._free:
            async with self._door:  # one by one, so that each sees what the one before it costs
                await self._let_messages_go_first()
                while not await self._has_place():  # noqa: ASYNC110 - the loop has no event for its pace
                    await asyncio.sleep(_PAUSE_S)
                self._inside += 1
            try:
                yield
            finally:
                self._inside -= 1

    async def _let_messages_go_first(self) -> None:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + self._patience_s
        # There is no event for "fewer than some arrive".
        while self._arriving > _CROWD and loop.time() < give_up:  # noqa: ASYNC110
            await asyncio.sleep(_PAUSE_S)

    async def _has_place(self) -> bool:
        if self._awaited:
            return self._inside == 0
        return self._inside < self._always or await _round() <= self._quick_s


async def _round() -> float:
    """Return the seconds that the loop took to come round."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.sleep(0)
    return loop.time() - began
