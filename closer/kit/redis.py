"""Redis access: one pooled asyncio client a process, with deadlines and a clear error."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

#: What "Redis is away" looks like to a caller that can go on without it.
REDIS_AWAY = (RedisConnectionError, RedisTimeoutError, OSError)


def connect_redis(url: str) -> Redis[Any]:
    """Return a client that waits at most 2 s to connect and 5 s for an answer, and retries twice."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_connect_timeout=2,
        socket_timeout=5,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 2),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
        health_check_interval=30,
    )


def connect_redis_for_locks(url: str) -> Redis[Any]:
    """Return a client that tells within a second that Redis does not answer, and tries nothing twice by itself."""
    return Redis.from_url(url, decode_responses=True, socket_connect_timeout=1, socket_timeout=1)
