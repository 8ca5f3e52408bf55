"""The Rasa servers themselves, one after the other: how long until a first message is answered, and their memory.

Ours holds one version, then two, as it does around each change of the model; stock's `rasa run` holds one. Both answer the
same visits first. Memory is that of the process with its children.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
import time
from collections.abc import Awaitable, Callable

import aiohttp
import psutil

from benchmarks.figures import Row
from benchmarks.rig import VISIT, customers, memory_mb, own_model, scratch_settings
from benchmarks.run import Run
from benchmarks.swap import Door, bring_in, server
from benchmarks.throughput import stock_stack
from closer.kit.settings import Settings
from closer.services import Services

_PEOPLE = 4
_SETTLE_S = 3.0
_GIVE_UP_S = 120.0

_Say = Callable[[aiohttp.ClientSession, str, str, str], Awaitable[object]]


def measure(run: Run) -> None:
    """Measure start and memory of both servers."""
    with run.results.part("server"):
        with scratch_settings() as base, server(base) as (settings, pid):
            ours_s, one, two = asyncio.run(_ours(settings, pid))
        with scratch_settings() as settings, stock_stack(settings, run.stock) as side:
            stock_s, stock = asyncio.run(_after_visits(side.say, side.processes["rasa"]))
        add = run.results.add
        add(Row("start of `rasa run` until it answers a message", "s", [ours_s], [stock_s]))
        kind = "pss" if one["pss"] and stock["pss"] else "rss"
        said = "shared pages in shares" if kind == "pss" else "resident"
        name = f"memory of `rasa run`, {said}"
        add(Row(f"{name}: one version each", "MB", [one[kind]], [stock[kind]]))
        add(Row(f"{name}: ours two, stock one", "MB", [two[kind]], [stock[kind]], "< 1", 1.0))
        add(Row("resident memory: ours two, stock one", "MB", [two["rss"]], [stock["rss"]]))


async def _ours(settings: Settings, pid: int) -> tuple[float, dict[str, float], dict[str, float]]:
    door, services = Door(settings), Services(settings)
    start_s, one = await _after_visits(door.say, pid)
    shutil.copy2(own_model(), settings.models_dir / "v2.tar.gz")
    try:
        if not await bring_in(services, "v2"):
            raise RuntimeError("the second version did not get into service")
    finally:
        await services.close()
    _, two = await _after_visits(door.say, pid, "again")  # the first stays for tasks in progress
    return start_s, one, two


async def _after_visits(say: _Say, pid: int, prefix: str = "m") -> tuple[float, dict[str, float]]:
    """Pay visits; return the seconds from the process's start to its first answer, and its memory afterwards."""
    async with aiohttp.ClientSession() as http:
        await _first_answer(say, http, prefix)
        start_s = time.time() - psutil.Process(pid).create_time()
        for person in customers(_PEOPLE):
            for place, text in enumerate(VISIT):
                await say(http, person, text, f"{prefix}-{person}-{place}")
    await asyncio.sleep(_SETTLE_S)
    return start_s, memory_mb(pid)


async def _first_answer(say: _Say, http: aiohttp.ClientSession, prefix: str) -> None:
    """Greet until there is an answer: a server may listen before it has a model."""
    give_up = time.monotonic() + _GIVE_UP_S
    reason = "no reply"
    for number in itertools.count():
        try:
            if await say(http, "cus_00400", VISIT[0], f"{prefix}-first-{number}"):
                return
        except (aiohttp.ClientError, RuntimeError) as error:
            reason = str(error)
        if time.monotonic() > give_up:
            raise RuntimeError(f"the server never answered: {reason}")
        await asyncio.sleep(0.1)
