"""Customers who load a running system, without a pause or at a rate, and what came of it."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psutil

from benchmarks.rig import VISIT, as_typed, customers

PEOPLE = 480


@dataclass
class Load:
    """What came of a load.

    Attributes:
        milliseconds: Of each answered message, from its due moment in an open loop.
        failed: Messages without a proper answer, by what came instead.
    """

    concurrent: int
    seconds: float = 0.0
    cpu_ms: dict[str, float] = field(default_factory=dict)  # a message, by process
    milliseconds: list[float] = field(default_factory=list)
    failed: dict[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Answered messages a second."""
        return len(self.milliseconds) / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """Return a quantile of the times in milliseconds."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

    def fail(self, reason: str) -> None:
        """Count a message without answer."""
        self.failed[reason] = self.failed.get(reason, 0) + 1


Say = Callable[[aiohttp.ClientSession, str, str, str], Any]


@dataclass
class Side:
    """A running system: how to say something to it."""

    name: str
    say: Say
    processes: dict[str, int] = field(default_factory=dict)  # ids by name

    def cpu_seconds(self) -> dict[str, float]:
        """Return the processor time that each process and its children have taken so far."""
        taken = {}
        for name, pid in self.processes.items():
            taken[name] = 0.0
            with suppress(psutil.NoSuchProcess):  # a child that ended in between
                for member in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
                    times = member.cpu_times()
                    taken[name] += times.user + times.system
        return taken


class Crowd:
    """Customers who pay visits, one after the other."""

    def __init__(self) -> None:
        self._people = itertools.cycle(customers(PEOPLE))
        self._numbers = itertools.count()
        self._chance = random.Random(11)

    def visits(self) -> Iterator[tuple[str, str, str]]:
        """Yield what is said next, visit after visit: who, what, and the message's id."""
        while True:
            person = next(self._people)
            for text in VISIT:
                said = as_typed(text, self._chance)
                yield person, said, f"b{next(self._numbers)}-{random.getrandbits(48):x}"


async def closed_loop(side: Side, crowd: Crowd, concurrent: int, seconds: float) -> Load:
    """Have a number of customers talk without a pause."""
    load = Load(concurrent)
    before = side.cpu_seconds()
    began = time.perf_counter()
    until = began + seconds

    async def talk(session: aiohttp.ClientSession) -> None:
        for person, text, message_id in crowd.visits():
            if time.perf_counter() > until:
                return
            await _one(side, session, load, person, text, message_id, time.perf_counter())

    async with _session(concurrent) as session:
        await asyncio.gather(*(talk(session) for _ in range(concurrent)))
    load.seconds = time.perf_counter() - began
    answered = max(1, len(load.milliseconds))
    load.cpu_ms = {
        name: (taken - before[name]) * 1000 / answered for name, taken in side.cpu_seconds().items()
    }
    return load


async def open_loop(side: Side, crowd: Crowd, rate: float, seconds: float) -> Load:
    """Have messages arrive at a rate, at random moments, whether earlier ones are answered or not."""
    load = Load(0)
    chance = random.Random(7)
    lines: asyncio.Queue[Iterator[tuple[str, str, str]]] = asyncio.Queue()
    for number in range(PEOPLE // 4):  # each at another point of the visit, as people are
        lines.put_nowait(itertools.islice(crowd.visits(), number % len(VISIT), None))
    began = time.perf_counter()

    async def arrive(session: aiohttp.ClientSession, due: float) -> None:
        line = await lines.get()  # a customer who is not waiting for an answer
        person, text, message_id = next(line)
        await _one(side, session, load, person, text, message_id, due)
        lines.put_nowait(line)

    async with _session(PEOPLE) as session:
        tasks = []
        due = began
        while due < began + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.append(asyncio.create_task(arrive(session, due)))
            due += chance.expovariate(rate)
        await asyncio.gather(*tasks)
    load.seconds = time.perf_counter() - began
    return load


async def _one(
    side: Side,
    session: aiohttp.ClientSession,
    load: Load,
    person: str,
    text: str,
    message_id: str,
    due: float,
) -> None:
    try:
        answered = await side.say(session, person, text, message_id)
    except (aiohttp.ClientError, asyncio.TimeoutError, RuntimeError) as error:
        load.fail(str(error) if isinstance(error, RuntimeError) else type(error).__name__)
        return
    if answered:
        load.milliseconds.append((time.perf_counter() - due) * 1000)
    else:
        load.fail("no reply")


def _session(connections: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections + 8),
        timeout=aiohttp.ClientTimeout(total=60),
    )
