"""Kafka and RabbitMQ: what is not confirmed is published again; Kafka is spoken to over its real protocol."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from pydantic import SecretStr

from closer.conversations.broker import BrokerEvent
from closer.services import Services
from rasa_ext import rasa_brokers
from rasa_ext.event_publishers import make_publisher
from rasa_ext.rasa_brokers import Kafka, RabbitMq

pytestmark = pytest.mark.rasa


def events(*ids: str, conversation: str = "ann") -> list[BrokerEvent]:
    at = datetime(2026, 3, 10, tzinfo=timezone.utc)
    return [BrokerEvent(name, conversation, "user", at, f"pk_1.{name}") for name in ids]


async def test_kafka_gets_a_conversation_in_order_in_one_partition() -> None:
    cluster = Producer({"bootstrap.servers": "unused", "test.mock.num.brokers": 1})
    [address] = {f"{b.host}:{b.port}" for b in cluster.list_topics(timeout=10).brokers.values()}
    publisher = Kafka(f"kafka://{address}", "closer_events")
    try:
        await publisher.publish([*events("1", "2"), *events("x", conversation="ben")])
        await publisher.publish(events("3"))
        reader = Consumer(
            {"bootstrap.servers": address, "group.id": "t", "auto.offset.reset": "earliest"}
        )
        reader.subscribe(["closer_events"])
        got = [reader.poll(10) for _ in range(4)]
        reader.close()
    finally:
        await publisher.close()
    told = [json.loads(message.value()) for message in got]
    assert [item["event_id"] for item in told if item["sender_id"] == "ann"] == ["1", "2", "3"]
    assert len({message.partition() for message in got if message.key() == b"ann"}) == 1
    assert told[0] == {
        "event_id": told[0]["event_id"],
        "sender_id": told[0]["sender_id"],
        "event": "user",
        "timestamp": 1773100800.0,
        "sealed": f"pk_1.{told[0]['event_id']}",
    }


async def test_kafka_that_is_away_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa_brokers, "_CONFIRM_S", 0.5)
    publisher = Kafka("kafka://127.0.0.1:1", "closer_events")
    try:
        with pytest.raises(Exception, match=r"(?i)confirm|broker|down"):
            await publisher.publish(events("1"))
    finally:
        await publisher.close()


async def test_kafka_signs_in_as_its_address_says() -> None:
    plain, secure = Kafka("kafka://a:9092,b:9092", "t"), Kafka("kafkas://u:p%40w@c:9093", "t")
    assert plain._get_kafka_config()["bootstrap.servers"] == "a:9092,b:9092"
    assert plain._get_kafka_config()["security.protocol"] == "PLAINTEXT"
    config = secure._get_kafka_config()
    assert (config["security.protocol"], config["sasl.username"], config["sasl.password"]) == (
        "SASL_SSL",
        "u",
        "p@w",
    )
    assert config["enable.idempotence"]


class Exchange:
    """RabbitMQ's exchange as the client shows it; confirms unless it is told not to."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.refuses = False

    async def publish(self, message: Any, routing_key: str) -> None:
        if self.refuses:
            raise ConnectionError("nack")
        self.got.append(json.loads(message.body))


async def test_rabbitmq_that_does_not_confirm_is_an_error_and_is_connected_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    exchange, connected = Exchange(), []

    async def connect(broker: Any) -> None:
        connected.append((broker.username, broker.password, broker.port, broker.queues))
        broker._exchange = exchange

    monkeypatch.setattr(rasa_brokers.PikaEventBroker, "connect", connect)
    publisher = RabbitMq("amqp://u:p%40w@host/shop", "closer_events")
    await publisher.publish(events("1", "2"))
    exchange.refuses = True
    with pytest.raises(ConnectionError):
        await publisher.publish(events("3"))
    exchange.refuses = False
    await publisher.publish(events("3"))
    assert [item["event_id"] for item in exchange.got] == ["1", "2", "3"]
    assert connected == [("u", "p@w", 5672, ["closer_events"])] * 2


async def test_the_settings_name_the_broker(services: Services) -> None:
    settings = services.settings
    assert type(make_publisher(settings, services.redis)).__name__ == "RedisStream"
    settings.event_broker = "rabbitmq"
    with pytest.raises(ValueError, match="CLOSER_EVENT_BROKER_URL"):
        make_publisher(settings, services.redis)
    settings.event_broker_url = SecretStr("amqp://u:p@h/")
    assert isinstance(make_publisher(settings, services.redis), RabbitMq)
