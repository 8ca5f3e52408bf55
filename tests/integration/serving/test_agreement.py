"""Two processes follow one record: they agree within three seconds, and about every customer."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from closer.kit.settings import ROOT
from closer.lifecycle.assignment import choose
from closer.lifecycle.records import CANARY
from tests.fakes.redis_server import RedisServer
from tests.fakes.serving_process import PEOPLE
from tests.integration.serving.conftest import Archives, Server


@pytest.fixture
async def other(
    server: Server, tmp_path: Path, archives: Archives, tables: str, redis_server: RedisServer
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process on the same database and Redis."""
    paths = json.dumps({name: str(path) for name, path in archives.items()})
    words = ["-W", "ignore", "-m", "tests.fakes.serving_process", str(tmp_path), paths]
    child = await asyncio.create_subprocess_exec(
        sys.executable, *words, tables, redis_server.url,
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, limit=2**20,
    )  # fmt: skip
    await asyncio.wait_for(_line(child, "ready"), 60)
    yield child
    assert child.stdin is not None
    child.stdin.close()
    await asyncio.wait_for(child.wait(), 20)


async def _line(child: asyncio.subprocess.Process, start: str) -> str:
    assert child.stdout is not None
    while line := (await child.stdout.readline()).decode():
        if line.startswith(start):
            return line
    raise AssertionError("the other process ended")


async def _greet(child: asyncio.subprocess.Process) -> dict[str, Any]:
    assert child.stdin is not None
    child.stdin.write(b"greet\n")
    found: dict[str, Any] = json.loads(await asyncio.wait_for(_line(child, "{"), 20))
    return found


async def test_two_processes_agree_within_three_seconds_on_every_customer(
    server: Server, other: asyncio.subprocess.Process
) -> None:
    lifecycle = server.services.lifecycle
    assert len(await lifecycle.fleet.present()) == 2
    await server.register("v1", "gift")
    await lifecycle.deploy("v1", actor="anna")
    await server.register("v2", "gift2")
    trial = await lifecycle.deploy("v2", actor="anna", strategy=CANARY, percent=10)
    assert await lifecycle.fleet.wait_applied(trial.revision, 20) == []  # both have loaded it
    for percent in (30, 60):
        made = await lifecycle.deploy("v2", actor="anna", strategy=CANARY, percent=percent)
        assert await lifecycle.fleet.wait_applied(made.revision, 3) == []
        traffic = server.models.router.traffic
        here = {person: (await server.say("hello", person)).model_version for person in PEOPLE}
        expected = {person: choose(traffic, person)[0] for person in PEOPLE}
        assert here == await _greet(other) == expected
    assert set(expected.values()) == {"v1", "v2"}
