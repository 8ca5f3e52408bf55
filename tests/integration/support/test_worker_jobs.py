"""The product's jobs over real services, and a real worker process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import redis as redis_sync

from closer.kit.clock import FixedClock
from closer.kit.jobs import run_job
from closer.kit.pagination import PageRequest
from closer.kit.settings import ROOT
from closer.services import Services
from closer.worker import delivery, jobs
from closer.worker.jobs import HEARTBEAT_KEY, with_heartbeat
from tests.fakes.redis_server import running_redis


class Memory:
    """A Redis that remembers keys."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, int]] = {}
        self.beats: asyncio.Queue[str] = asyncio.Queue()

    async def set(self, key: str, value: str, ex: int) -> None:
        self.kept[key] = (value, ex)
        self.beats.put_nowait(key)

    async def publish(self, *_: Any) -> int:
        return 0

    async def close(self) -> None:
        return None


async def test_the_heartbeat_is_written_by_a_job_that_runs(
    services: Services, clock: FixedClock
) -> None:
    services.__dict__["redis"] = memory = Memory()
    await run_job(services, "heartbeat", {})
    value, expires = memory.kept[HEARTBEAT_KEY]
    assert datetime.fromisoformat(value) == clock.now()
    assert expires >= 15


async def test_a_long_job_does_not_stop_the_heartbeat(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.__dict__["redis"] = memory = Memory()
    monkeypatch.setattr(jobs, "BEAT_S", 0.01)

    async def long() -> None:
        assert [await memory.beats.get() for _ in range(2)] == [HEARTBEAT_KEY] * 2

    await asyncio.wait_for(with_heartbeat(services, long()), 20)
    before = memory.beats.qsize()
    await asyncio.sleep(0.05)
    assert memory.beats.qsize() == before, "it beats for jobs that run only"

    async def failing() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await with_heartbeat(services, failing())


async def test_who_waited_in_vain_is_told_in_the_conversation(
    services: Services, ann: str, clock: FixedClock
) -> None:
    request = await services.handoff.request(conversation_id=ann, customer_id=ann, reason="asked")
    clock.advance(minutes=11)
    assert await run_job(services, "handoff_timeouts", {}) == 1
    [entry] = (await services.conversations.history(ann, PageRequest())).items
    assert str(request.ticket_id) in str(entry.text)
    assert await run_job(services, "handoff_timeouts", {}) == 0


async def test_deletions_codes_carts_and_old_records_are_looked_after(
    services: Services, ann: str, clock: FixedClock
) -> None:
    await services.verification.request(purpose="x", address="a@example.org")
    await services.compliance.request_deletion(ann, verified=True)
    await services.compliance.request_export(ann, verified=False)
    clock.advance(minutes=11)
    assert await run_job(services, "expire_codes", {}) == 1
    assert await run_job(services, "execute_privacy", {}) == 1
    assert await run_job(services, "abandon_carts", {}) == 0
    await services.notifications.deliver_due()
    clock.advance(days=91)
    assert await run_job(services, "purge", {}) >= 1


@pytest.mark.stack
def test_a_real_worker_scheduler_and_delivery_do_what_is_to_be_done(tmp_path: Path) -> None:
    """Starts `celery -A closer.worker worker`, scheduler and delivery; waits for heartbeats and mail."""
    with running_redis() as server:
        env = os.environ | {
            "REDIS_URL": server.url,
            "DATABASE_URL": f"sqlite:///{tmp_path / 'w.sqlite3'}",
            "CLOSER_DATA_DIR": str(tmp_path),
        }
        subprocess.run([sys.executable, "-c", _FILL], env=env, cwd=ROOT, check=True, timeout=60)
        commands = (
            ["-m", "celery", "-A", "closer.worker", "worker"],
            ["-m", "closer.worker.scheduler"],
            ["-m", "closer.worker.delivery"],
        )
        running = [
            subprocess.Popen(
                [sys.executable, *command],
                env=env,
                cwd=ROOT,
                stderr=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
            for command in commands
        ]
        try:
            client = redis_sync.Redis.from_url(server.url)
            _until(lambda: client.get(HEARTBEAT_KEY) is not None)
            _until(lambda: client.get(delivery.HEARTBEAT_KEY) is not None)
            _until(lambda: _counts(env) == "{'sent': 1}")
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(20)


def _until(true: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


def _counts(env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _COUNT],
        env=env,
        cwd=ROOT,
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


_FILL = """
import asyncio
from closer.notifications.records import Content
from closer.services import process_services
from migrations.tables import all_tables

async def main():
    services = process_services()
    async with services.db.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    await services.notifications.enqueue(
        Content("order_change", "s", "b"), channel="email", address="a@example.org"
    )
    await services.close()

asyncio.run(main())
"""

_COUNT = """
import asyncio
from closer.services import process_services

async def main():
    services = process_services()
    print(await services.notifications.counts())
    await services.close()

asyncio.run(main())
"""
