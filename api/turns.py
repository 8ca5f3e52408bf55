"""Runs accepted messages through the dialogue, in order within a conversation, whoever still waits for the answer.

A turn is not tied to the request or socket that brought the message: when that goes away, the turn goes on and its
replies are announced. When the dialogue is away, the message stays in the inbox and is replayed there.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from api.metrics import GatewayMetrics
from closer.conversations.client import TurnClient
from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.errors import CloserError, InvalidInput, Unavailable
from closer.kit.logging import get_logger

_log = get_logger(__name__)

_GRACE_S = 5.0


class TurnDispatcher:
    """Starts turns and keeps them running.

    Args:
        turns: The client of the dialogue.
        metrics: Where times are counted.
    """

    def __init__(self, turns: TurnClient, metrics: GatewayMetrics) -> None:
        self._turns = turns
        self._metrics = metrics
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[TurnResult]] = set()

    def start(self, message: InboundMessage) -> asyncio.Task[TurnResult]:
        """Start the turn of an accepted message; await it shielded, since others may wait for it too."""
        task = asyncio.create_task(self._run(message))
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def answer(self, message: InboundMessage, within_s: float) -> TurnResult | None:
        """Run the turn of an accepted message; None if the answer comes later.

        Raises:
            InvalidInput: if the dialogue refuses the message.
        """
        task = self.start(message)
        try:
            return await asyncio.wait_for(asyncio.shield(task), within_s)
        except asyncio.TimeoutError:
            return None
        except InvalidInput:
            raise
        except CloserError:  # it stays in the inbox and will be replayed
            return None

    async def close(self) -> None:
        """Let running turns end, for a few seconds."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_GRACE_S)
            for task in late:
                task.cancel()

    async def _run(self, message: InboundMessage) -> TurnResult:
        key = message.conversation_id
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._waiting[key] += 1
        try:
            async with lock:
                return await self._timed(message)
        finally:
            self._waiting[key] -= 1
            if not self._waiting[key]:
                del self._waiting[key], self._locks[key]

    async def _timed(self, message: InboundMessage) -> TurnResult:
        began = time.perf_counter()
        outcome = "failed"
        try:
            result = await self._turns.run(message)
            outcome = "repeated" if result.repeated else "answered"
            return result
        except CloserError as error:
            outcome = error.code
            raise
        except Exception as error:
            _log.exception("turn_broken")
            raise Unavailable("the assistant cannot answer right now") from error
        finally:
            self._metrics.turns.labels(outcome).observe(time.perf_counter() - began)

    def _done(self, task: asyncio.Task[TurnResult]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, CloserError):
            _log.warning("turn_postponed", code=error.code)
