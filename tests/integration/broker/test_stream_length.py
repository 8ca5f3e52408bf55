"""The Redis stream keeps what a consumer has still to read, whatever its length; what all have read gives way."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
import structlog

from closer.conversations.broker import BrokerEvent
from closer.services import Services
from rasa_ext.event_publishers import RedisStream

STREAM, LENGTH = "closer_events", 200


@pytest.fixture
def stream(services: Services) -> RedisStream:
    return RedisStream(services.redis, STREAM, LENGTH)


async def publish(stream: RedisStream, first: int, count: int) -> None:
    at = datetime(2026, 3, 10, tzinfo=timezone.utc)
    for start in range(first, first + count, 100):
        batch = [BrokerEvent(f"e{n}", "ann", "user", at, "-") for n in range(start, start + 100)]
        await stream.publish(batch)


async def read(services: Services, group: str, count: int, *, acknowledge: bool = True) -> None:
    found = await services.redis.xreadgroup(group, "c", {STREAM: ">"}, count=count)
    if acknowledge:
        await services.redis.xack(STREAM, group, *(place for place, _ in found[0][1]))


async def kept(services: Services) -> list[str]:
    return [fields["event_id"] for _, fields in await services.redis.xrange(STREAM)]


async def test_without_readers_the_latest_are_kept(services: Services, stream: RedisStream) -> None:
    await publish(stream, 0, 1000)
    names = await kept(services)
    assert LENGTH <= len(names) <= LENGTH + 100
    assert names[-1] == "e999"


async def test_nothing_that_the_slowest_reader_has_not_acknowledged_goes(
    services: Services, stream: RedisStream
) -> None:
    for group in ("quick", "slow", "stuck"):
        await services.redis.xgroup_create(STREAM, group, id="0", mkstream=True)
    with structlog.testing.capture_logs() as logs:
        await publish(stream, 0, 900)
        assert len(await kept(services)) == 900
        await read(services, "quick", 900)
        await read(services, "slow", 500)
        await read(services, "stuck", 300)
        await read(services, "stuck", 300, acknowledge=False)  # it has them and may die with them
        await publish(stream, 900, 200)
    names = await kept(services)
    assert set(names) >= {f"e{n}" for n in range(300, 1100)}
    assert len(names) <= 800 + 100
    assert [entry["event"] for entry in logs] == ["events_unread"], "said, and not each time"


async def test_what_all_have_read_gives_way_and_the_latest_stay(
    services: Services, stream: RedisStream
) -> None:
    await services.redis.xgroup_create(STREAM, "only", id="0", mkstream=True)
    for start in range(0, 1000, 100):
        await publish(stream, start, 100)
        await read(services, "only", 100)
    await publish(stream, 1000, 100)
    names = await kept(services)
    assert LENGTH <= len(names) <= LENGTH + 200
    assert names[-1] == "e1099"


async def test_a_reader_that_never_comes_does_not_fill_redis(
    services: Services, stream: RedisStream
) -> None:
    await services.redis.xgroup_create(STREAM, "gone", id="0", mkstream=True)
    with structlog.testing.capture_logs() as logs:
        await publish(stream, 0, LENGTH * 10 + 500)
    assert len(await kept(services)) <= LENGTH * 10 + 100
    assert "events_dropped_unread" in {entry["event"] for entry in logs}
