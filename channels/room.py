"""How many turns run at once: as many as the event loop bears without holding up acknowledgements.

Of those that somebody waits for few run at once, one after the other (`channels/places.py`). In the background it depends: a
turn computes for some milliseconds at a time, and so long nothing else moves. While a flood of messages arrives, hardly any
turn begins there: they are stored and can wait, who chats cannot. Beside a turn that somebody waits for there is one;
otherwise a few at once (they wait for the database and for actions most of the time), more only while the loop comes
round quickly.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from channels.places import Places

_PAUSE_S = 0.02


@dataclass(frozen=True)
class Pace:
    """What a room goes by.

    Attributes:
        chats: How many that somebody waits for run at once: one computes while another waits for actions or the database.
        slow_s: After how long such a turn lets another in beside it.
        always: How many may run whatever the loop's pace.
        most: How many may run at all.
        quick_s: Within how many seconds the loop must come round for more than `always`.
        crowd: More messages than these, being accepted at the same time, are let go first.
        flood: So many messages within `window_s` are a flood: more than a process could answer.
        window_s: How long an arrival counts.
        flood_s: How long a flood may hold turns up; one that goes on is the usual load, which has to be worked off.
        patience_s: How long a turn lets messages go first.
    """

    chats: int = 2
    slow_s: float = 0.1
    always: int = 2
    most: int = 64
    quick_s: float = 0.01
    crowd: int = 1
    flood: int = 15
    window_s: float = 0.25
    flood_s: float = 60.0
    patience_s: float = 3.0


class Room:
    """Lets turns in."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()
        self._chats = Places(self._pace.chats, self._pace.slow_s)
        self._free = asyncio.Semaphore(self._pace.most)
        self._door = asyncio.Lock()
        self._inside = 0
        self._arriving = 0
        self._awaited = 0
        self._arrivals: deque[float] = deque()
        self._flood_since: float | None = None

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """Count a message that is being accepted, until the block ends."""
        self._arriving += 1
        self._arrivals.append(asyncio.get_running_loop().time())
        self._watch_flood()
        try:
            yield
        finally:
            self._arriving -= 1

    @asynccontextmanager
    async def awaited(self) -> AsyncIterator[None]:
        """Wait for the place of a turn whose answer somebody waits for, and hold it until the block ends."""
        self._awaited += 1  # also while it stands in line
        try:
            async with self._chats.inside():
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
        give_up = loop.time() + self._pace.patience_s
        # There is no event for "fewer arrive".
        while loop.time() < give_up and self._many_arrive():  # noqa: ASYNC110
            await asyncio.sleep(_PAUSE_S)

    def _many_arrive(self) -> bool:
        now = self._watch_flood()
        flood = self._flood_since is not None and now - self._flood_since < self._pace.flood_s
        return flood or self._arriving > self._pace.crowd

    def _watch_flood(self) -> float:
        now = asyncio.get_running_loop().time()
        while self._arrivals and self._arrivals[0] < now - self._pace.window_s:
            self._arrivals.popleft()
        if len(self._arrivals) < self._pace.flood:
            self._flood_since = None
        elif self._flood_since is None:
            self._flood_since = now
        return now

    async def _has_place(self) -> bool:
        if self._awaited:
            return self._inside == 0
        return self._inside < self._pace.always or await _round() <= self._pace.quick_s


async def _round() -> float:
    """Return the seconds that the loop took to come round."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.sleep(0)
    return loop.time() - began
