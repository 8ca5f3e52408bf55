"""Kafka and RabbitMQ by Rasa's own brokers, made to confirm: left alone, they log a lost event and go on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from rasa.core.brokers.kafka import KafkaEventBroker
from rasa.core.brokers.pika import PikaEventBroker

from closer.conversations.broker import BrokerEvent
from closer.kit.errors import Unavailable
from rasa_ext.event_publishers import envelope

_CONFIRM_S = 10.0


class Kafka(KafkaEventBroker):
    """Rasa's Kafka broker, but each delivery is confirmed and retries keep the order.

    Args:
        url: `kafka://[user:password@]host:port[,host:port]`; `kafkas` with TLS.
        topic: The topic; a conversation's events go to one partition.
    """

    def __init__(self, url: str, topic: str) -> None:
        scheme, _, rest = url.partition("://")
        login, _, servers = rest.rstrip("/").rpartition("@")
        user, _, password = login.partition(":")
        protocol = ("SASL_" if user else "") + ("SSL" if scheme == "kafkas" else "PLAINTEXT")
        super().__init__(
            servers,
            topic=topic,
            client_id="closer",
            partition_by_sender=True,
            security_protocol=protocol,
            sasl_username=unquote(user) or None,
            sasl_password=unquote(password) or None,
        )

    async def publish(self, events: Sequence[BrokerEvent]) -> None:
        """Produce, and wait for every delivery report."""
        await asyncio.to_thread(self._produce, events)

    async def close(self) -> None:
        """Stop the producer."""
        await asyncio.to_thread(self._stop)

    def _get_kafka_config(self) -> dict[str, Any]:
        return {
            **super()._get_kafka_config(),
            "logger": logging.getLogger("kafka"),
            "enable.idempotence": True,
            "acks": "all",
            "message.timeout.ms": int(_CONFIRM_S * 1000),
        }

    def _produce(self, events: Sequence[BrokerEvent]) -> None:
        if self.producer is None:
            self.producer: Any = self._create_producer()
        failed: list[Any] = []

        def delivered(error: Any, _: Any) -> None:
            if error is not None:
                failed.append(error)

        for event in events:
            self.producer.produce(
                self.topic,
                value=json.dumps(envelope(event)).encode(),
                key=event.conversation_id.encode(),
                on_delivery=delivered,
            )
        left = self.producer.flush(_CONFIRM_S + 1)
        if left or failed:
            self.producer.purge()
            self.producer.flush(1)
            raise Unavailable(f"Kafka did not confirm {left + len(failed)} events")

    def _stop(self) -> None:
        self._cancelled = True
        self._poll_thread.join()
        if self.producer is not None:
            self.producer.flush(_CONFIRM_S)


class RabbitMq:
    """Rasa's RabbitMQ broker with publisher confirms; connected on first use and again after a failure.

    Args:
        url: `amqp://user:password@host:port/vhost` (`amqps` with TLS).
        queue: A durable queue that is bound to the exchange.
    """

    def __init__(self, url: str, queue: str) -> None:
        self._url = url
        self._queue = queue
        self._broker: PikaEventBroker | None = None

    async def publish(self, events: Sequence[BrokerEvent]) -> None:
        """Publish one after the other, each confirmed."""
        broker = await self._connected()
        try:
            for event in events:
                message = broker._message(envelope(event), {"event_id": event.event_id})
                await asyncio.wait_for(broker._exchange.publish(message, ""), _CONFIRM_S)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connection."""
        broker, self._broker = self._broker, None
        if broker is not None:
            await broker.close()

    async def _connected(self) -> PikaEventBroker:
        if self._broker is None:
            parts = urlsplit(self._url)
            broker = PikaEventBroker(
                self._url,
                unquote(parts.username or ""),
                unquote(parts.password or ""),
                port=parts.port or (5671 if parts.scheme == "amqps" else 5672),
                queues=[self._queue],
                connection_attempts=1,
                retry_delay_in_seconds=0,
                event_loop=asyncio.get_running_loop(),
            )
            await asyncio.wait_for(broker.connect(), _CONFIRM_S)
            self._broker = broker
        return self._broker
