"""Events of conversations reach their consumers at least once, in order, sealed, and count once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from closer.conversations.broker import PURPOSE, BrokerEvent
from closer.conversations.consumer import ConversationEvent, EventConsumer
from closer.kit.lease import Lease
from closer.kit.redis import REDIS_AWAY
from closer.services import Services
from rasa_ext.event_broker import LEASE_KEY, EventRelay, make_relay
from tests.fakes.redis_server import RedisServer

STREAM = "closer_events"

notes = Table(
    "test_notes",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation", String(40)),
    Column("text", String(80)),
)


async def say(services: Services, conversation: str, *texts: str) -> None:
    """Append events as the tracker store does."""
    sealer = await services.person_keys.sealer(conversation)
    rows = [
        {
            "type": "user",
            "at": datetime(2026, 3, 10, tzinfo=timezone.utc),
            "event": sealer.json({"event": "user", "text": text}, PURPOSE),
        }
        for text in texts
    ]
    await services.broker_outbox.add(conversation, rows)


def consumer(services: Services, name: str = "analytics") -> EventConsumer:
    return services.event_consumer(name)


class Notes:
    """A handler that writes what it hears into the database, and fails when told to."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.fails: list[str] = []

    async def __call__(self, events: Sequence[ConversationEvent]) -> None:
        async with self.services.db.transaction() as connection:
            for event in events:
                text = str(event.data["text"])
                row = {"conversation": event.conversation_id, "text": text}
                await connection.execute(notes.insert().values(row))
                if text in self.fails:
                    self.fails.remove(text)
                    raise RuntimeError(text)

    async def texts(self, conversation: str) -> list[str]:
        query = select(notes.c.text).where(notes.c.conversation == conversation)
        async with self.services.db.reading() as connection:
            return list((await connection.execute(query.order_by(notes.c.id))).scalars())


@pytest.fixture
async def heard(services: Services) -> Notes:
    async with services.db.engine.begin() as connection:
        await connection.run_sync(notes.create)
    return Notes(services)


async def test_events_arrive_in_order_and_leave_the_outbox(
    services: Services, heard: Notes
) -> None:
    for number in range(3):
        await say(services, "ann", f"a{number}", f"b{number}")
        await say(services, "ben", f"c{number}")
    relay = make_relay(services)
    assert await relay.publish_next() == 9
    assert await relay.publish_next() == 0
    assert await consumer(services).step(heard) == 9
    assert await heard.texts("ann") == ["a0", "b0", "a1", "b1", "a2", "b2"]
    assert await heard.texts("ben") == ["c0", "c1", "c2"]
    assert await consumer(services).step(heard, block_ms=1) == 0


async def test_events_of_a_transaction_that_fails_are_never_published(services: Services) -> None:
    with pytest.raises(RuntimeError):
        async with services.db.transaction():
            await say(services, "ann", "never said")
            raise RuntimeError
    assert await make_relay(services).publish_next() == 0


async def test_what_is_published_twice_counts_once(services: Services, heard: Notes) -> None:
    await say(services, "ann", "one", "two")
    batch = await services.broker_outbox.next(10)
    relay = make_relay(services)
    await relay._publisher.publish(batch.events)  # and the relay dies before it deletes them
    await relay.publish_next()
    first = consumer(services)
    assert await first.step(heard) == 4
    assert await heard.texts("ann") == ["one", "two"]


async def test_a_consumer_that_died_after_its_work_does_not_do_it_again(
    services: Services, heard: Notes
) -> None:
    await say(services, "ann", "one")
    await make_relay(services).publish_next()
    dying = consumer(services)

    async def lost(*_: Any) -> None:
        raise ConnectionError

    dying._acknowledge = lost  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await dying.step(heard)
    assert await consumer(services).step(heard) == 1
    assert await heard.texts("ann") == ["one"]


async def test_a_failing_handler_gets_the_events_again_and_in_order(
    services: Services, heard: Notes
) -> None:
    await say(services, "ann", "one", "two", "three")
    await make_relay(services).publish_next()
    heard.fails = ["two"] * 4
    reader = consumer(services)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await reader.step(heard)
    assert await heard.texts("ann") == ["one"]
    await reader.step(heard)
    assert await heard.texts("ann") == ["one", "two", "three"]


async def test_an_event_that_always_fails_is_passed_over_in_the_end(
    services: Services, heard: Notes
) -> None:
    await say(services, "ann", "bad", "good")
    await make_relay(services).publish_next()
    heard.fails = ["bad"] * 20
    reader = consumer(services)
    for _ in range(4):
        with pytest.raises(RuntimeError):
            await reader.step(heard)
    await reader.step(heard)
    assert await heard.texts("ann") == ["good"]


async def test_each_consumer_sees_all_events(services: Services, heard: Notes) -> None:
    await say(services, "ann", "one")
    await make_relay(services).publish_next()
    assert await consumer(services, "analytics").step(heard) == 1
    assert await consumer(services, "monitoring").step(heard) == 1
    assert await heard.texts("ann") == ["one", "one"]


async def test_the_stream_holds_nothing_readable_and_nothing_of_who_was_erased(
    services: Services, heard: Notes
) -> None:
    await say(services, "ann", "my secret")
    await say(services, "ben", "hello")
    await make_relay(services).publish_next()
    raw = str(await services.redis.xrange(STREAM))
    assert "bev_" in raw
    assert "secret" not in raw
    await services.person_keys.erase("ann")
    await consumer(services).step(heard)
    assert (await heard.texts("ann"), await heard.texts("ben")) == ([], ["hello"])


async def test_an_outage_of_the_broker_loses_nothing_and_one_relay_works_at_a_time(
    services: Services, heard: Notes, redis_server: RedisServer
) -> None:
    relays = [make_relay(services), make_relay(services)]
    for relay in relays:
        relay.start()
    reader = consumer(services)
    try:
        await say(services, "ann", "one")
        await _until(services, heard, reader, ["one"])
        redis_server.stop()
        await say(services, "ann", "two")
        await asyncio.sleep(0.3)
        redis_server.start()
        await say(services, "ann", "three")
        await _until(services, heard, reader, ["one", "two", "three"])
        for _ in range(500):  # who had the lease before the outage asks for it within seconds
            if sum(relay._lease.held for relay in relays) == 1:
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("both hold the lease")
    finally:
        for relay in relays:
            await relay.stop()
    assert await services.redis.get(LEASE_KEY) is None


async def test_a_relay_without_the_lease_publishes_nothing(services: Services) -> None:
    await Lease(services.redis, LEASE_KEY).hold()
    published: list[BrokerEvent] = []

    class Publisher:
        async def publish(self, events: Sequence[BrokerEvent]) -> None:
            published.extend(events)

        async def close(self) -> None: ...

    relay = EventRelay(services.broker_outbox, Publisher(), Lease(services.redis, LEASE_KEY))
    await say(services, "ann", "one")
    relay.start()
    await asyncio.sleep(0.6)
    await relay.stop()
    assert published == []


async def test_a_relay_that_lost_its_lease_deletes_nothing_that_it_has_not_published(
    services: Services,
) -> None:
    await say(services, "ann", "one")
    late = await services.broker_outbox.next(10)
    await services.broker_outbox.published(late)  # by the relay that took over
    await say(services, "ann", "two")
    await services.broker_outbox.published(late)
    left = await services.broker_outbox.next(10)
    assert len(left.events) == 1


async def _until(services: Services, heard: Notes, reader: EventConsumer, texts: list[str]) -> None:
    for _ in range(400):
        try:
            await reader.step(heard, block_ms=20)
        except REDIS_AWAY:
            await asyncio.sleep(0.05)
        if await heard.texts("ann") == texts:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(await heard.texts("ann"))
