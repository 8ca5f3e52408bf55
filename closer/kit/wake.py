"""Waking another process at once: a word on a Redis channel. Who listens must also look by itself now and then."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis

from closer.kit.logging import get_logger
from closer.kit.redis import REDIS_AWAY

_log = get_logger(__name__)

DELIVERY = "closer:wake:delivery"
_RING_S = 0.5
_LEAVE_ALONE_S = 5.0
_AGAIN_S = 1.0


class Bell:
    """Rings and hears on one channel.

    Args:
        redis: The Redis client.
        channel: The channel's name.
    """

    def __init__(self, redis: Redis[Any], channel: str) -> None:
        self._redis = redis
        self._channel = channel
        self._away_until = 0.0

    async def ring(self) -> None:
        """Wake whoever listens; while Redis is away, they find by themselves what there is to do."""
        if time.monotonic() < self._away_until:
            return
        try:
            await asyncio.wait_for(self._redis.publish(self._channel, "1"), _RING_S)
        except (*REDIS_AWAY, asyncio.TimeoutError) as error:
            self._away_until = time.monotonic() + _LEAVE_ALONE_S
            _log.warning("bell_not_heard", channel=self._channel, reason=type(error).__name__)

    async def listen(self, heard: Callable[[], None]) -> None:
        """Call a function for each ring, for ever; when Redis comes back, listen again."""
        while True:
            listener = self._redis.pubsub(ignore_subscribe_messages=True)
            try:
                await listener.subscribe(self._channel)
                heard()  # what rang before
                while True:
                    if await listener.get_message(timeout=30.0) is not None:
                        heard()
            except REDIS_AWAY as error:
                _log.warning("bell_out_of_reach", reason=type(error).__name__)
            finally:
                await _close(listener)
            await asyncio.sleep(_AGAIN_S)


async def _close(listener: Any) -> None:
    with contextlib.suppress(*REDIS_AWAY):
        await listener.close()
