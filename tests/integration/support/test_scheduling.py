"""The scheduler over a real Redis: one is active, another takes over, requests go through at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis

from closer.kit.jobs import JobQueue
from closer.kit.redis import connect_redis
from closer.worker import scheduler as module
from closer.worker.scheduler import LOCK_KEY, Scheduler, Tick
from tests.fakes.redis_server import RedisServer, running_redis

TICKS = (Tick("fast", 0.2), Tick("slow", 60))


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with running_redis() as running:
        yield running


@pytest.fixture
async def redis(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Redis[Any]]:
    server.flush()
    for name, value in (("RENEW_S", 0.1), ("LOCK_MS", 600), ("STANDBY_S", 0.1), ("_WAIT_S", 0.1)):
        monkeypatch.setattr(module, name, value)
    client = connect_redis(server.url)
    yield client
    await client.close()


class Worker:
    """Notes what it is sent."""

    def __init__(self) -> None:
        self.jobs: list[tuple[str, dict[str, Any], str, float | None]] = []

    def send(
        self, job: str, args: dict[str, Any], correlation: str, expires_s: float | None
    ) -> None:
        self.jobs.append((job, args, correlation, expires_s))

    def names(self) -> list[str]:
        return [job[0] for job in self.jobs]


async def until(true: Any, seconds: float = 15) -> None:
    for _ in range(int(seconds / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen in time")


@asynccontextmanager
async def running(scheduler: Scheduler) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(scheduler.run())
    try:
        yield task
        scheduler.stop()
        await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), 5)
    finally:
        task.cancel()


async def test_periodic_jobs_are_sent_again_and_again(redis: Redis[Any]) -> None:
    worker = Worker()
    async with running(Scheduler(redis, worker.send, "closer", TICKS)):
        await until(lambda: worker.names().count("fast") >= 3)
    assert worker.names().count("slow") == 1
    assert len({correlation for _, _, correlation, _ in worker.jobs}) == len(worker.jobs)
    assert await redis.get(LOCK_KEY) is None


async def test_a_requested_job_goes_out_at_once(
    redis: Redis[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WAIT_S", 1)
    monkeypatch.setattr(module, "LOCK_MS", 15_000)
    worker = Worker()
    async with running(Scheduler(redis, worker.send, "closer", (Tick("slow", 60),))):
        await until(lambda: worker.names() == ["slow"])
        started = asyncio.get_running_loop().time()
        await JobQueue(redis).submit("retrain", version="v1")
        await until(lambda: "retrain" in worker.names())
        assert asyncio.get_running_loop().time() - started < 0.8
    assert worker.jobs[-1][1] == {"version": "v1"}


async def test_of_two_schedulers_one_is_active_and_the_other_takes_over(redis: Redis[Any]) -> None:
    workers = [Worker(), Worker()]
    pair = [Scheduler(redis, worker.send, "closer", TICKS) for worker in workers]
    async with running(pair[0]) as first:
        await until(lambda: pair[0].active)
        async with running(pair[1]):
            await until(lambda: len(workers[0].jobs) > 3)
            assert not pair[1].active
            assert workers[1].jobs == []
            first.cancel()  # killed: it does not release the lock
            await until(lambda: pair[1].active)
            await until(lambda: len(workers[1].jobs) > 1)


async def test_who_lost_the_lock_stops_sending(redis: Redis[Any]) -> None:
    worker = Worker()
    scheduler = Scheduler(redis, worker.send, "closer", TICKS)
    async with running(scheduler):
        await until(lambda: scheduler.active)
        await redis.set(LOCK_KEY, "another", px=60_000)
        await until(lambda: not scheduler.active)
        count = len(worker.jobs)
        await asyncio.sleep(0.5)
        assert len(worker.jobs) == count
    assert await redis.get(LOCK_KEY) == "another"


async def test_a_worker_that_does_not_keep_up_gets_no_more_ticks(redis: Redis[Any]) -> None:
    await redis.rpush("closer", *range(1000))
    worker = Worker()
    scheduler = Scheduler(redis, worker.send, "closer", TICKS)
    async with running(scheduler):
        await until(lambda: scheduler.active)
        await asyncio.sleep(0.4)
        assert worker.jobs == []


async def test_a_failing_hand_over_does_not_end_the_scheduler(redis: Redis[Any]) -> None:
    worker, failures = Worker(), [OSError("broker"), ValueError("bug")]

    def send(*args: Any) -> None:
        if failures:
            raise failures.pop()
        worker.send(*args)

    async with running(Scheduler(redis, send, "closer", TICKS)):
        await until(lambda: "fast" in worker.names())
