"""Where events of conversations are published: a Redis stream, or Kafka and RabbitMQ (`rasa_ext.rasa_brokers`).

A publisher returns only when the broker has confirmed everything; otherwise it raises, and the relay tries the same
events again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol

from redis.asyncio import Redis

from closer.conversations.broker import BrokerEvent
from closer.kit.logging import get_logger
from closer.kit.settings import Settings

_log = get_logger(__name__)

_MOST = 10  # times the length: unread events beyond it are dropped
_NODE = 100  # Redis removes whole nodes of a stream, which hold so many events
_QUIET_S = 60.0


class Publisher(Protocol):
    """Publishes events in order."""

    async def publish(self, events: Sequence[BrokerEvent]) -> None:
        """Publish; return when the broker has them all.

        Raises:
            Exception: if it has not, or that is unknown; then all are published again.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class RedisStream:
    """A stream that keeps what somebody has still to read, and beyond that about the latest events.

    Args:
        redis: The Redis client; not closed here.
        stream: The stream's key.
        length: About how many events are kept once everybody has read them.
    """

    def __init__(self, redis: Redis[Any], stream: str, length: int) -> None:
        self._redis = redis
        self._stream = stream
        self._length = length
        self._quiet_until = 0.0

    async def publish(self, events: Sequence[BrokerEvent]) -> None:
        """Append to the stream."""
        pipe = self._redis.pipeline(transaction=False)
        for event in events:
            pipe.xadd(self._stream, envelope(event))
        pipe.xlen(self._stream)
        length = int((await pipe.execute())[-1])
        if length > self._length:
            await self._trim(length)

    async def close(self) -> None:
        """Nothing of its own."""

    async def _trim(self, length: int) -> None:
        """Remove the oldest events down to the length, as far as every group has acknowledged them."""
        floor = await self._read_by_all()
        if floor is None:
            await self._redis.xtrim(self._stream, maxlen=self._length, approximate=True)
            return
        surplus = length - self._length
        gone = await self._redis.xtrim(self._stream, minid=floor, approximate=True, limit=surplus)
        left = length - int(gone)
        if left > self._length * _MOST:  # or Redis would run full, and locks and sessions with it
            lost = await self._redis.xtrim(self._stream, maxlen=self._length * _MOST)
            _log.error("events_dropped_unread", count=lost)
        elif left > self._length + _NODE and time.monotonic() > self._quiet_until:
            self._quiet_until = time.monotonic() + _QUIET_S
            _log.warning("events_unread", stream=self._stream, length=left)

    async def _read_by_all(self) -> str | None:
        """Return the id before which every group has acknowledged everything; None if there is no group."""
        places = []
        for group in await self._redis.xinfo_groups(self._stream):
            place = group["last-delivered-id"]
            if group["pending"]:
                waiting = await self._redis.xpending(self._stream, group["name"])
                place = waiting["min"] or place
            places.append(place)
        return min(places, key=_order) if places else None


def _order(place: str) -> tuple[int, int]:
    moment, _, number = place.partition("-")
    return int(moment), int(number or 0)


def make_publisher(settings: Settings, redis: Redis[Any]) -> Publisher:
    """Return the publisher that the settings name.

    Raises:
        ValueError: if Kafka or RabbitMQ is named without an address.
    """
    url, topic = settings.event_broker_url.get_secret_value(), settings.event_broker_topic
    if settings.event_broker == "redis":
        return RedisStream(redis, topic, settings.event_stream_length)
    if not url:
        raise ValueError("CLOSER_EVENT_BROKER_URL must say where the event broker is")
    from rasa_ext.rasa_brokers import Kafka, RabbitMq  # noqa: PLC0415 - slow to load, seldom used

    publisher: Publisher = (
        Kafka(url, topic) if settings.event_broker == "kafka" else RabbitMq(url, topic)
    )
    return publisher


def envelope(event: BrokerEvent) -> dict[str, Any]:
    """Return what is published of an event: whose it is and what kind in the clear, the content sealed."""
    return {
        "event_id": event.event_id,
        "sender_id": event.conversation_id,
        "event": event.type,
        "timestamp": event.at.timestamp(),
        "sealed": event.sealed,
    }
