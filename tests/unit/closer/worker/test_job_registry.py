"""Jobs: found by name, ended by their deadline, asked for without waiting."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from closer.kit import jobs
from closer.kit.errors import DeadlineExceeded, InvalidInput
from closer.kit.logging import correlated, correlation_id
from closer.worker import jobs as product_jobs
from closer.worker.scheduler import TICKS


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_JOBS", {})


@pytest.mark.usefixtures("registry")
async def test_a_job_runs_with_services_arguments_and_correlation() -> None:
    @jobs.job("greet", deadline_s=1)
    async def greet(services: Any, name: str) -> tuple[Any, str, str]:
        return services, name, correlation_id()

    assert await jobs.run_job("services", "greet", {"name": "Ann"}, "corr-1") == (
        "services",
        "Ann",
        "corr-1",
    )
    assert jobs.job_names() == ["greet"]


@pytest.mark.usefixtures("registry")
async def test_a_job_is_cancelled_at_its_deadline() -> None:
    cancelled = asyncio.Event()

    @jobs.job("slow", deadline_s=0.05)
    async def slow(services: Any) -> None:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(DeadlineExceeded):
        await jobs.run_job(None, "slow", {})
    assert cancelled.is_set()


@pytest.mark.usefixtures("registry")
async def test_unknown_jobs_and_taken_names_are_refused() -> None:
    with pytest.raises(InvalidInput):
        await jobs.run_job(None, "nothing", {})

    @jobs.job("one")
    async def one(services: Any) -> None: ...

    with pytest.raises(ValueError, match="one"):

        @jobs.job("one")
        async def other(services: Any) -> None: ...


def test_the_wait_between_attempts_grows_and_ends_at_ten_minutes() -> None:
    for attempt, longest in ((1, 2), (3, 8), (30, 600)):
        waits = [jobs.retry_delay(attempt) for _ in range(30)]
        assert longest / 2 <= min(waits) <= max(waits) <= longest


def test_every_tick_names_a_job_of_the_product() -> None:
    assert {tick.job for tick in TICKS} <= {*jobs.job_names()}
    assert product_jobs.HEARTBEAT_KEY == "closer:worker:heartbeat"
    assert 2 * next(t.every_s for t in TICKS if t.job == "heartbeat") < product_jobs.HEARTBEAT_TTL_S


class DeadRedis:
    """A Redis that is away."""

    def __init__(self) -> None:
        self.asked = 0

    def pipeline(self, **_: Any) -> Any:
        self.asked += 1
        raise ConnectionRefusedError


async def test_asking_for_a_job_while_redis_is_away_costs_nothing_and_is_not_repeated_at_once() -> (
    None
):
    redis = DeadRedis()
    queue = jobs.JobQueue(redis)  # type: ignore[arg-type]
    assert [await queue.submit("x") for _ in range(5)] == [False] * 5
    assert redis.asked == 1


async def test_a_request_carries_name_arguments_and_correlation() -> None:
    pushed: list[str] = []

    class Pipe:
        async def __aenter__(self) -> Pipe:
            return self

        async def __aexit__(self, *_: object) -> None: ...

        def lpush(self, key: str, text: str) -> None:
            pushed.append(text)

        def ltrim(self, *_: object) -> None: ...

        async def execute(self) -> None: ...

    class Redis:
        def pipeline(self, **_: Any) -> Pipe:
            return Pipe()

    with correlated("corr-2"):
        assert await jobs.JobQueue(Redis()).submit("retrain", version="v1")  # type: ignore[arg-type]
    assert json.loads(pushed[0]) == {
        "name": "retrain",
        "args": {"version": "v1"},
        "correlation_id": "corr-2",
    }
