"""Where events of conversations are published: a Redis stream, or Kafka and RabbitMQ (`rasa_ext.rasa_brokers`).

A publisher returns only when the broker has confirmed everything; otherwise it raises, and the relay tries the same
events again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from redis.asyncio import Redis

from closer.conversations.broker import BrokerEvent
from closer.kit.settings import Settings


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
    """A stream of bounded length.

    Args:
        redis: The Redis client; not closed here.
        stream: The stream's key.
        length: About how many events are kept.
    """

    def __init__(self, redis: Redis[Any], stream: str, length: int) -> None:
        self._redis = redis
        self._stream = stream
        self._length = length

    async def publish(self, events: Sequence[BrokerEvent]) -> None:
        """Append to the stream."""
        pipe = self._redis.pipeline(transaction=False)
        for event in events:
            pipe.xadd(self._stream, envelope(event), maxlen=self._length, approximate=True)
        await pipe.execute()

    async def close(self) -> None:
        """Nothing of its own."""


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
