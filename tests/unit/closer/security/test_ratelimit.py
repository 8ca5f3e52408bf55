"""Rate limits on a real Redis, and without one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import structlog
from redis.asyncio import Redis

from closer.kit.errors import TooManyRequests
from closer.kit.redis import connect_redis
from closer.security.ratelimit import Limit, RateLimiter
from tests.fakes.redis_server import RedisServer, free_port


@pytest_asyncio.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[Redis[Any]]:
    redis_server.flush()
    client = connect_redis(redis_server.url)
    yield client
    await client.close()


class _Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_calls_up_to_the_limit_pass_and_then_wait(redis: Redis[Any]) -> None:
    limiter, limit = RateLimiter(redis), Limit(5, 60)
    verdicts = [await limiter.take("op", "mara", limit) for _ in range(6)]
    assert [verdict.allowed for verdict in verdicts] == [True] * 5 + [False]
    assert 10 <= verdicts[5].retry_after <= 12


async def test_callers_and_operations_are_counted_apart(redis: Redis[Any]) -> None:
    limiter, limit = RateLimiter(redis), Limit(1, 60)
    taken = [
        (await limiter.take(*key, limit)).allowed
        for key in (("a", "x"), ("a", "y"), ("b", "x"), ("a", "x"))
    ]
    assert taken == [True, True, True, False]


async def test_tokens_come_back_with_time(redis: Redis[Any]) -> None:
    limiter, limit = RateLimiter(redis), Limit(2, 0.4)
    assert [(await limiter.take("op", "mara", limit)).allowed for _ in range(3)] == [
        True,
        True,
        False,
    ]
    await asyncio.sleep(0.25)
    assert [(await limiter.take("op", "mara", limit)).allowed for _ in range(2)] == [True, False]


async def test_processes_share_the_count_also_at_once(
    redis: Redis[Any], redis_server: RedisServer
) -> None:
    other = connect_redis(redis_server.url)
    limiters, limit = [RateLimiter(redis), RateLimiter(other)], Limit(10, 600)
    verdicts = await asyncio.gather(*(limiters[n % 2].take("op", "mara", limit) for n in range(30)))
    assert sum(verdict.allowed for verdict in verdicts) == 10
    await other.close()


async def test_buckets_vanish_when_they_are_full_again(redis: Redis[Any]) -> None:
    await RateLimiter(redis).take("op", "mara", Limit(5, 10))
    assert 0 < await redis.pttl("closer:rate:op:mara") <= 11_000


async def test_script_is_loaded_again_after_redis_was_restarted(redis: Redis[Any]) -> None:
    limiter = RateLimiter(redis)
    await limiter.take("op", "mara", Limit(5))
    await redis.script_flush()  # type: ignore[no-untyped-call]
    assert (await limiter.take("op", "mara", Limit(5))).allowed


async def test_require_says_when_to_come_back(redis: Redis[Any]) -> None:
    limiter = RateLimiter(redis)
    await limiter.require("op", "mara", Limit(1, 60))
    with pytest.raises(TooManyRequests) as caught:
        await limiter.require("op", "mara", Limit(1, 60))
    assert caught.value.extra["retry_after"] >= 59


async def test_without_redis_calls_go_on_within_the_limit_of_each_process() -> None:
    clock = _Time()
    limiter, limit = (
        RateLimiter(connect_redis(f"redis://127.0.0.1:{free_port()}/0"), clock),
        Limit(3, 30),
    )
    with structlog.testing.capture_logs() as logs:
        verdicts = [await limiter.take("op", "mara", limit) for _ in range(4)]
    assert [verdict.allowed for verdict in verdicts] == [True, True, True, False]
    assert [line["event"] for line in logs] == [
        "rate_limit_without_redis"
    ]  # said once, not for each call
    clock.now += 10
    assert (await limiter.take("op", "mara", limit)).allowed


async def test_local_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    import closer.security.ratelimit as module

    monkeypatch.setattr(module, "_LOCAL_BUCKETS", 50)
    limiter = RateLimiter(connect_redis(f"redis://127.0.0.1:{free_port()}/0"))
    for number in range(200):
        await limiter.take("op", f"caller {number}", Limit(3, 30))
    assert len(limiter._local) == 50


async def test_redis_is_asked_again_after_a_pause(
    redis: Redis[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = _Time()
    limiter = RateLimiter(redis, clock)
    calls = 0
    real = limiter._shared

    async def failing(key: str, limit: Limit) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ConnectionError
        return await real(key, limit)

    monkeypatch.setattr(limiter, "_shared", failing)
    await limiter.take("op", "mara", Limit(9))
    await limiter.take("op", "mara", Limit(9))
    assert calls == 1
    clock.now += 6
    await limiter.take("op", "mara", Limit(9))
    assert calls == 2
    assert await redis.exists("closer:rate:op:mara") == 1
