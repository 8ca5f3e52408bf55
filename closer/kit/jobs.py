"""Background jobs: async functions with a deadline and bounded attempts, known by name, free of any queue.

A job is `async def job_name(services, **args)`. It must be safe to run twice: a worker that dies in the middle has its
job run again. The worker (closer/worker) runs jobs; whoever wants one run at once puts its name in the `JobQueue`.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from closer.kit.errors import DeadlineExceeded, InvalidInput
from closer.kit.logging import correlated, correlation_id, get_logger
from closer.kit.redis import REDIS_AWAY

_log = get_logger(__name__)

JobFunction = Callable[..., Awaitable[Any]]

REQUESTED_KEY = "closer:jobs:requested"
_FIRST_DELAY_S = 2.0
_LONGEST_DELAY_S = 600.0
_KICK_TIMEOUT_S = 0.5
_LEAVE_ALONE_S = 5.0
_MOST_REQUESTS = 10_000


@dataclass(frozen=True)
class Job:
    """A job that can be run by its name.

    Attributes:
        deadline_s: Seconds after which a run is cancelled.
        max_attempts: How often it is tried before it is given up.
    """

    name: str
    function: JobFunction
    deadline_s: float
    max_attempts: int


_JOBS: dict[str, Job] = {}


def job(
    name: str, *, deadline_s: float = 60.0, max_attempts: int = 3
) -> Callable[[JobFunction], JobFunction]:
    """Register an async function `(services, **args)` as a job.

    Raises:
        ValueError: if the name is taken by another function.
    """

    def register(function: JobFunction) -> JobFunction:
        known = _JOBS.get(name)
        if known is not None and known.function.__qualname__ != function.__qualname__:
            raise ValueError(f"there is a job {name!r} already")
        _JOBS[name] = Job(name, function, deadline_s, max_attempts)
        return function

    return register


def find_job(name: str) -> Job:
    """Return a registered job.

    Raises:
        InvalidInput: if there is none of this name.
    """
    try:
        return _JOBS[name]
    except KeyError:
        raise InvalidInput(f"there is no job {name!r}", code="unknown_job") from None


def job_names() -> list[str]:
    """Return the names of all registered jobs."""
    return sorted(_JOBS)


async def run_job(
    services: Any, name: str, args: dict[str, Any], correlation: str | None = None
) -> Any:
    """Run a job within its deadline, under a correlation id.

    Raises:
        InvalidInput: if there is no such job.
        DeadlineExceeded: if it took too long; it was cancelled.
    """
    wanted = find_job(name)
    with correlated(correlation):
        try:
            return await asyncio.wait_for(wanted.function(services, **args), wanted.deadline_s)
        except asyncio.TimeoutError as error:
            raise DeadlineExceeded(
                f"job {name} took longer than {wanted.deadline_s:g} s"
            ) from error


def retry_delay(attempt: int) -> float:
    """Return the seconds to wait after a failed attempt (1, 2, ...): exponential with jitter."""
    longest = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** (attempt - 1))
    return longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter, no secret


class JobQueue:
    """Asks for jobs from any process; the scheduler hands them to the worker.

    What must not get lost is a row in the database that a periodic job finds; asking only makes it happen at once.

    Args:
        redis: The Redis client.
    """

    def __init__(self, redis: Redis[Any]) -> None:
        self._redis = redis
        self._away_until = 0.0

    async def submit(self, name: str, **args: Any) -> bool:
        """Ask for a job; False if Redis is away or was so a moment ago."""
        if time.monotonic() < self._away_until:
            return False
        text = json.dumps({"name": name, "args": args, "correlation_id": correlation_id()})
        try:
            await asyncio.wait_for(self._push(text), _KICK_TIMEOUT_S)
        except (*REDIS_AWAY, asyncio.TimeoutError) as error:
            self._away_until = time.monotonic() + _LEAVE_ALONE_S
            _log.warning("job_not_requested", job=name, reason=type(error).__name__)
            return False
        return True

    async def take(self, timeout_s: float = 1.0) -> tuple[str, dict[str, Any], str] | None:
        """Wait for the next request and return its name, arguments and correlation id; None if none came."""
        found = await self._redis.brpop([REQUESTED_KEY], timeout=timeout_s)
        if found is None:
            return None
        request = json.loads(found[1])
        return str(request["name"]), dict(request["args"]), str(request.get("correlation_id") or "")

    async def _push(self, text: str) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.lpush(REQUESTED_KEY, text)
            pipe.ltrim(REQUESTED_KEY, 0, _MOST_REQUESTS - 1)
            await pipe.execute()
