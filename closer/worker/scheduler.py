"""The scheduler: hands periodic jobs and requested jobs to the worker; of any number that run, one is active.

`python -m closer.worker.scheduler`. The active one holds a lock in Redis and renews it; when it dies, another takes
over within fifteen seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from closer.kit.jobs import JobQueue
from closer.kit.logging import configure_logging, correlated, get_logger
from closer.kit.redis import REDIS_AWAY, connect_redis
from closer.kit.settings import get_settings

_log = get_logger(__name__)

LOCK_KEY = "closer:scheduler:lock"
LOCK_MS = 15_000
RENEW_S = 4.0
STANDBY_S = 2.0
_WAIT_S = 1
_FULL = 1000

_RENEW = (
    "return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('pexpire', KEYS[1], ARGV[2]) or 0"
)
_RELEASE = "return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('del', KEYS[1]) or 0"

Send = Callable[[str, dict[str, Any], str, float | None], None]


@dataclass(frozen=True)
class Tick:
    """A job that runs every so many seconds."""

    job: str
    every_s: float


TICKS: tuple[Tick, ...] = (
    Tick("heartbeat", 5),
    Tick("handoff_timeouts", 10),
    Tick("execute_privacy", 15),
    Tick("settle_payments", 30),
    Tick("expire_codes", 60),
    Tick("abandon_carts", 3600),
    Tick("purge", 3600),
)


class Scheduler:
    """Sends jobs while it holds the lock.

    Args:
        redis: The Redis client.
        send: Hands a job to the worker: name, arguments, correlation id, seconds until it is stale.
        queue: The Redis list in which the worker's tasks wait; when it is full, no ticks are added.
        ticks: The periodic jobs.
    """

    def __init__(
        self, redis: Redis[Any], send: Send, queue: str, ticks: Sequence[Tick] = TICKS
    ) -> None:
        self._redis = redis
        self._send = send
        self._queue = queue
        self._ticks = ticks
        self._requests = JobQueue(redis)
        self._token = secrets.token_hex(16)
        self._due = {tick.job: 0.0 for tick in ticks}
        self._renew_at = 0.0
        self._stopping = asyncio.Event()
        self.active = False

    async def run(self) -> None:
        """Work until `stop`; when Redis is away, wait for it."""
        while not self._stopping.is_set():
            try:
                await self._step()
            except REDIS_AWAY as error:
                self.active = False
                _log.warning("scheduler_without_redis", reason=type(error).__name__)
                await self._pause(STANDBY_S)
            except Exception as error:
                _log.exception("scheduler_failed", reason=type(error).__name__)
                await self._pause(STANDBY_S)
        await self._release()

    def stop(self) -> None:
        """End after the current step."""
        self._stopping.set()

    async def _step(self) -> None:
        if not await self._hold():
            await self._pause(STANDBY_S)
            return
        await self._send_due()
        request = await self._requests.take(_WAIT_S)
        if request is not None:
            await self._hand_over(*request, None)

    async def _hold(self) -> bool:
        """Take or keep the lock; return whether it is ours."""
        now = time.monotonic()
        if self.active and now < self._renew_at:
            return True
        if self.active:
            renewed = await self._redis.eval(_RENEW, 1, LOCK_KEY, self._token, LOCK_MS)  # type: ignore[no-untyped-call]
            held = bool(renewed)
        else:
            held = bool(await self._redis.set(LOCK_KEY, self._token, nx=True, px=LOCK_MS))
        if held != self.active:
            _log.info("scheduler_active" if held else "scheduler_standby")
        self.active, self._renew_at = held, now + RENEW_S
        return held

    async def _send_due(self) -> None:
        now = time.monotonic()
        due = [tick for tick in self._ticks if self._due[tick.job] <= now]
        if not due:
            return
        full = await self._redis.llen(self._queue) >= _FULL
        for tick in due:
            self._due[tick.job] = now + tick.every_s
            if not full:
                with correlated() as correlation:
                    await self._hand_over(tick.job, {}, correlation, max(10.0, tick.every_s * 2))
        if full:
            _log.warning("worker_queue_full")

    async def _hand_over(
        self, job: str, args: dict[str, Any], correlation: str, expires_s: float | None
    ) -> None:
        await asyncio.to_thread(self._send, job, args, correlation, expires_s)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _release(self) -> None:
        if self.active:
            self.active = False
            with contextlib.suppress(*REDIS_AWAY):
                await self._redis.eval(_RELEASE, 1, LOCK_KEY, self._token)  # type: ignore[no-untyped-call]


async def main() -> None:
    """Run the scheduler of this installation until it is told to stop."""
    from closer.worker.app import QUEUE, send  # noqa: PLC0415 - Celery is loaded by who needs it

    settings = get_settings()
    configure_logging("scheduler", settings.log_level, settings.log_format)
    redis = connect_redis(settings.redis_url)
    scheduler = Scheduler(redis, send, QUEUE)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, scheduler.stop)
    try:
        await scheduler.run()
    finally:
        await redis.close()


if __name__ == "__main__":
    asyncio.run(main())
