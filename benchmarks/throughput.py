"""Messages a second through everything: ours by its gateway, stock by `rasa run` with REST, its SQL store and our actions.

python -m benchmarks.throughput --side ours --concurrent 1,32 --seconds 10
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import psutil
import yaml

from benchmarks.databases import postgres
from benchmarks.rig import (
    VISIT,
    action_server,
    as_typed,
    customers,
    environment,
    own_model,
    process,
    product_processes,
    product_programs,
    redis_server,
    scratch_settings,
)
from benchmarks.stock import StockModel, stock_model
from closer.kit.settings import Settings
from closer.security.roles import Role
from closer.security.tokens import issue_token

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


def our_door(settings: Settings) -> Say:
    """Say something as a signed-in customer, over the gateway, each from an address of their own."""
    tokens = {
        person: issue_token(settings, role=Role.CUSTOMER, customer_id=person)
        for person in customers(PEOPLE)
    }
    url = f"http://127.0.0.1:{settings.port}/api/v1/chat/messages"

    async def say(session: aiohttp.ClientSession, person: str, text: str, message_id: str) -> bool:
        number = int(person[-5:])
        headers = {
            "Authorization": f"Bearer {tokens[person]}",
            "X-Forwarded-For": f"10.0.{number // 250}.{number % 250 + 1}",
        }
        body = {"text": text, "message_id": message_id}
        async with session.post(url, json=body, headers=headers) as answer:
            if answer.status != 200:
                raise RuntimeError(f"status {answer.status}")
            return bool((await answer.json())["replies"])

    return say


def stock_door(port: int) -> Say:
    """Say something over Rasa's REST channel, with the metadata that our actions read."""
    url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"

    async def say(session: aiohttp.ClientSession, person: str, text: str, message_id: str) -> bool:
        metadata = {"customer_id": person, "proven": True, "channel": "web"}
        body = {"sender": person, "message": text, "metadata": metadata}
        async with session.post(url, json=body) as answer:
            if answer.status != 200:
                raise RuntimeError(f"status {answer.status}")
            return bool(await answer.json())

    return say


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


@contextmanager
def our_stack(
    settings: Settings, *, workers: int = 1, profile: Path | None = None
) -> Iterator[Side]:
    """Run the product's processes on a seeded shop: all that `make up` runs, with worker, delivery and scheduler."""
    chosen = list(product_programs(settings, own_model()).values())
    extra = {"SANIC_WORKERS": str(workers)}
    with product_processes(settings, chosen, extra, profile) as pids:
        yield Side("ours", our_door(settings), pids)


@contextmanager
def stock_stack(settings: Settings, model: StockModel, *, workers: int = 1) -> Iterator[Side]:
    """Run the stock project: `rasa run` with REST and its SQL store, and the product's actions."""
    folder = settings.data_dir / "stock"
    folder.mkdir(exist_ok=True)
    (folder / "credentials.yml").write_text("rest:\n", "utf-8")
    (folder / "endpoints.yml").write_text(stock_endpoints(settings, folder, workers), "utf-8")
    env = environment(settings) | {"SANIC_WORKERS": str(workers)}
    command = [sys.executable, "-m", "rasa", "run", "--enable-api", "-i", "127.0.0.1"]
    command += ["--port", str(settings.rasa_port), "--model", str(model.archive)]
    command += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml"]
    ready = f"{settings.rasa_url}/"
    with ExitStack() as stack:
        if workers > 1:
            stack.enter_context(redis_server(settings))
        actions = stack.enter_context(action_server(settings))
        rasa = stack.enter_context(
            process(command, env, folder / "rasa.log", ready, within_s=300, cwd=folder)
        )
        pids = {"actions": actions, "rasa": rasa.pid}
        yield Side("stock", stock_door(settings.rasa_port), pids)


def stock_endpoints(settings: Settings, folder: Path, workers: int) -> str:
    """Return the stock project's endpoints: its SQL store on the same kind of database, its Redis lock for several workers."""
    if settings.database_url.startswith("postgresql"):
        store = {"type": "SQL", "dialect": "postgresql", "url": settings.database_url}
    else:
        store = {"type": "SQL", "dialect": "sqlite", "db": str(folder / "tracker.db")}
    endpoints: dict[str, dict[str, Any]] = {
        "tracker_store": store,
        "action_endpoint": {"url": f"{settings.actions_url}/webhook"},
    }
    if workers > 1:
        endpoints["lock_store"] = {"type": "redis", "url": "127.0.0.1", "port": settings.redis_port}
    return yaml.safe_dump(endpoints)


async def measure(side: Side, levels: list[int], seconds: float) -> AsyncIterator[Load]:
    """Warm a side up, then load it at each level."""
    crowd = Crowd()
    await closed_loop(side, crowd, 4, min(3.0, seconds))
    for level in levels:
        yield await closed_loop(side, crowd, level, seconds)


def main() -> None:
    """Run what the options ask for."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--side", choices=("ours", "stock"), default="ours")
    options.add_argument("--concurrent", default="1,32")
    options.add_argument("--seconds", type=float, default=8.0)
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--rate", default="", help="also open loops at these rates: 10,18,25")
    options.add_argument("--postgres", action="store_true", help="on PostgreSQL, not on SQLite")
    options.add_argument(
        "--profile", type=Path, help="write profiles of our processes to this + name"
    )
    chosen = options.parse_args()
    levels = [int(level) for level in chosen.concurrent.split(",")]

    async def run(side: Side) -> None:
        async for load in measure(side, levels, chosen.seconds):
            _print(side, load)
        for rate in filter(None, chosen.rate.split(",")):
            _print(side, await open_loop(side, Crowd(), float(rate), chosen.seconds))

    with ExitStack() as stack:
        url = stack.enter_context(postgres(["bench"])).format("bench") if chosen.postgres else ""
        settings = stack.enter_context(scratch_settings(url))
        running = (
            our_stack(settings, workers=chosen.workers, profile=chosen.profile)
            if chosen.side == "ours"
            else stock_stack(settings, stock_model(accept_older=True), workers=chosen.workers)
        )
        with running as side:
            asyncio.run(run(side))


def _print(side: Side, load: Load) -> None:
    times = load.milliseconds or [0.0]
    print(
        f"{side.name:6s} {load.concurrent:4d} at once  {load.rate:7.1f}/s  "
        f"median {median(times):7.1f} ms  p95 {load.quantile(0.95):7.1f} ms  failed {load.failed}  "
        f"cpu ms { ({name: round(value, 1) for name, value in load.cpu_ms.items()}) }",
        flush=True,
    )


if __name__ == "__main__":
    main()
