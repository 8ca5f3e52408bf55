"""A few places for turns that somebody waits for, in the order of their arrival.

Turns of one event loop share the processor: of ten that began together, each goes on a little at a time and all end late.
With places the first ends as early as it can, and the last no later. A turn that takes long, because it waits for a slow back end
for instance, lets another in beside it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager


class Places:
    """The places of an event loop.

    Args:
        count: How many may be inside at once.
        patience_s: After how long inside a turn no longer counts.
    """

    def __init__(self, count: int, patience_s: float) -> None:
        self._free = count
        self._patience_s = patience_s
        self._line: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def inside(self) -> AsyncIterator[None]:
        """Wait for a place and hold it until the block ends, or for as long as patience lasts."""
        await self._enter()
        with ExitStack() as place:  # given back once, whoever closes it
            place.callback(self._leave)
            slow = asyncio.get_running_loop().call_later(self._patience_s, place.close)
            place.callback(slow.cancel)
            yield

    async def _enter(self) -> None:
        if self._free:
            self._free -= 1
            return
        called = asyncio.get_running_loop().create_future()
        self._line.append(called)
        try:
            await called
        except asyncio.CancelledError:
            if not called.cancelled():  # it was given a place at the same moment
                self._leave()
            raise

    def _leave(self) -> None:
        """Hand a place to whoever is next."""
        while self._line:
            called = self._line.popleft()
            if not called.done():  # it has not stopped waiting
                called.set_result(None)
                return
        self._free += 1
