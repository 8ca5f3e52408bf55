"""Rate limits: a token bucket for each caller and operation, kept in Redis, or here while Redis is away."""

from __future__ import annotations

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, RedisError

from closer.kit.errors import TooManyRequests
from closer.kit.logging import get_logger
from closer.kit.redis import REDIS_AWAY

_log = get_logger(__name__)

# KEYS[1] bucket; ARGV capacity, tokens a second. Answers {taken, milliseconds until there is a token}.
_TAKE = """
local now = redis.call('TIME')
now = now[1] + now[2] / 1000000
local capacity, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(bucket[1]) or capacity, tonumber(bucket[2]) or now
tokens = math.min(capacity, tokens + math.max(0, now - at) * rate)
local taken = 0
if tokens >= 1 then
  taken = 1
  tokens = tokens - 1
end
redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(capacity / rate * 1000) + 1000)
return {taken, math.ceil(math.max(0, 1 - tokens) / rate * 1000)}
"""

_DIGEST = hashlib.sha1(
    _TAKE.encode(), usedforsecurity=False
).hexdigest()  # how EVALSHA names a script
_PAUSE_S = 5.0  # without Redis: how long until it is asked again
_LOCAL_BUCKETS = 10_000


@dataclass(frozen=True)
class Limit:
    """So many calls in so many seconds, on average; as many at once."""

    calls: int
    seconds: float = 60.0

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds


@dataclass(frozen=True)
class Verdict:
    """Whether the call may go on; if not, after how many seconds."""

    allowed: bool
    retry_after: int = 0


class RateLimiter:
    """Counts calls by caller and operation.

    Args:
        redis: Shared by all processes. While it is away each process counts for itself: calls go on.
        monotonic: Seconds for the local count.
    """

    def __init__(self, redis: Redis[Any], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._monotonic = monotonic
        self._away_until = 0.0
        self._local: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, operation: str, caller: str, limit: Limit) -> Verdict:
        """Count a call and say whether it is within the limit."""
        key = f"closer:rate:{operation}:{caller}"
        if self._monotonic() >= self._away_until:
            try:
                return await self._shared(key, limit)
            except (*REDIS_AWAY, RedisError) as error:
                self._away_until = self._monotonic() + _PAUSE_S
                _log.warning("rate_limit_without_redis", reason=type(error).__name__)
        return self._here(key, limit)

    async def require(self, operation: str, caller: str, limit: Limit) -> None:
        """Count a call and insist on the limit.

        Raises:
            TooManyRequests: with `retry_after` in seconds.
        """
        verdict = await self.take(operation, caller, limit)
        if not verdict.allowed:
            raise TooManyRequests(
                f"try again in {verdict.retry_after} s", retry_after=verdict.retry_after
            )

    async def _shared(self, key: str, limit: Limit) -> Verdict:
        redis: Any = self._redis  # the stubs leave the scripting commands untyped
        arguments = (1, key, limit.calls, limit.rate)
        try:
            taken, wait_ms = await redis.evalsha(_DIGEST, *arguments)
        except NoScriptError:  # the first call since Redis started
            taken, wait_ms = await redis.eval(_TAKE, *arguments)
        return _verdict(bool(taken), wait_ms / 1000)

    def _here(self, key: str, limit: Limit) -> Verdict:
        now = self._monotonic()
        tokens, at = self._local.pop(key, (float(limit.calls), now))
        tokens = min(limit.calls, tokens + (now - at) * limit.rate)
        taken = tokens >= 1
        self._local[key] = (tokens - taken, now)
        while len(self._local) > _LOCAL_BUCKETS:
            self._local.popitem(last=False)
        return _verdict(taken, max(0.0, 1 - tokens) / limit.rate)


def _verdict(taken: bool, wait_s: float) -> Verdict:
    return Verdict(True) if taken else Verdict(False, max(1, math.ceil(wait_s)))
