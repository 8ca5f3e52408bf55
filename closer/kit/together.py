"""Calls that come at the same time are made as one: what arrives while one is under way waits for the next.

One statement for many costs hardly more than one for one. A lone call waits for nobody; one that follows closely upon
another waits for some milliseconds, so that others can come along.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from closer.kit.errors import Unavailable
from closer.kit.tasks import end

A = TypeVar("A")
B = TypeVar("B")

_MOST = 64
_BREATH_S = 0.01


class Together(Generic[A, B]):
    """Makes calls for several at once.

    Args:
        run: Makes the call for some items and returns their results in the same order. It runs outside of the
            transactions and other contexts of its callers.
        most: How many items a call may have.
        breath_s: Seconds between the end of a call and the next one.
    """

    def __init__(
        self,
        run: Callable[[Sequence[A]], Awaitable[Sequence[B]]],
        most: int = _MOST,
        breath_s: float = _BREATH_S,
    ) -> None:
        self._run = run
        self._most = most
        self._breath_s = breath_s
        self._ended = 0.0
        self._waiting: list[tuple[A, asyncio.Future[B]]] = []
        self._worker: asyncio.Task[None] | None = None

    async def __call__(self, item: A) -> B:
        """Return the result for an item.

        Raises:
            Exception: what the call raises for this item alone, or for all in an outage.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[B] = loop.create_future()
        self._waiting.append((item, future))
        if self._worker is None or self._worker.done():
            self._worker = Context().run(loop.create_task, self._work())
        return await future

    async def close(self) -> None:
        """Stop what is under way; its callers, and those that wait for their turn, see the cancellation."""
        await end(self._worker)
        while self._waiting:
            self._waiting.pop()[1].cancel()

    async def _work(self) -> None:
        now = asyncio.get_running_loop().time
        while self._waiting:
            if (early := self._ended + self._breath_s - now()) > 0:
                await asyncio.sleep(early)
            some, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                await self._settle(some)
            finally:
                self._ended = now()
                for _, future in some:
                    future.cancel()  # those that have no result: we are being stopped

    async def _settle(self, some: Sequence[tuple[A, asyncio.Future[B]]]) -> None:
        try:
            results = await self._run([item for item, _ in some])
        except Unavailable as error:  # an outage is one for all
            for _, future in some:
                _fail(future, error)
        except Exception as error:
            if len(some) == 1:
                _fail(some[0][1], error)
                return
            for single in some:  # one of them is bad: the others must not suffer
                await self._settle([single])
        else:
            for (_, future), result in zip(some, results, strict=True):
                if not future.done():
                    future.set_result(result)


def _fail(future: asyncio.Future[B], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
