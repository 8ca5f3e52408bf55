"""A lease in Redis: of any number of processes one does a piece of work; when it dies, another takes over."""

from __future__ import annotations

import contextlib
import secrets
import time
from typing import Any

from redis.asyncio import Redis

from closer.kit.redis import REDIS_AWAY

_HOLD = """
local holder = redis.call('get', KEYS[1])
if holder == ARGV[1] then redis.call('pexpire', KEYS[1], ARGV[2]) return 1 end
if holder then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1
"""
_RELEASE = "return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('del', KEYS[1]) or 0"


class Lease:
    """One holder at a time.

    Args:
        redis: The Redis client.
        key: Names the work.
        seconds: How long it holds without being renewed; it is renewed after a third of that.
    """

    def __init__(self, redis: Redis[Any], key: str, seconds: float = 10.0) -> None:
        self._redis = redis
        self._key = key
        self._ms = int(seconds * 1000)
        self._token = secrets.token_hex(16)
        self._renew_at = 0.0
        self.held = False

    async def hold(self) -> bool:
        """Take or keep the lease; return whether it is ours. Call it before each step of the work.

        Raises:
            redis.exceptions.RedisError: if Redis is away; the lease is then not ours.
        """
        now = time.monotonic()
        if self.held and now < self._renew_at:
            return True
        self.held = False
        answer = await self._redis.eval(_HOLD, 1, self._key, self._token, self._ms)  # type: ignore[no-untyped-call]
        self.held = bool(answer)
        self._renew_at = now + self._ms / 3000
        return self.held

    def doubt(self) -> None:
        """Ask Redis at the next `hold`, because it may have lost the lease."""
        self._renew_at = 0.0

    async def release(self) -> None:
        """Let another take it at once."""
        if self.held:
            self.held = False
            with contextlib.suppress(*REDIS_AWAY):
                await self._redis.eval(_RELEASE, 1, self._key, self._token)  # type: ignore[no-untyped-call]
