"""What changing the model costs those who are talking: turns of a real Rasa server while versions are loaded and swapped.

    python -m benchmarks.swap [--customers 8] [--pause 0.6] [--swaps 3]

Customers talk at a steady pace through the turn endpoint; meanwhile versions are registered and deployed one after the
other. The versions are copies of one archive under names of their own: each is inspected, loaded and tried out afresh, as
any other would be. Prints load time, time until the server has applied a deployment, turn latency in quiet and during
swaps, and what was lost. A part of `benchmarks.performance`.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from benchmarks.figures import Row
from benchmarks.rig import (
    VISIT,
    customers,
    own_model,
    product_processes,
    product_programs,
    scratch_settings,
)
from benchmarks.run import Run
from closer.kit.settings import Settings
from closer.security.roles import Role
from closer.security.tokens import issue_token
from closer.services import Services

_QUIET_S = 6.0
_AFTER_S = 1.0
_LIMIT_MS = 250.0


@dataclass
class Talk:
    """What was said and how it was answered.

    Attributes:
        turns: When each turn began and how long it took, in seconds.
        lost: Messages that got no answer, with the reason.
        versions: Which versions answered.
    """

    turns: list[tuple[float, float]] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)
    over: bool = False


@dataclass
class Outcome:
    """What came of talking while versions were swapped.

    Attributes:
        heard: What was said and how it was answered.
        swaps: When each swap began and when it was applied, in seconds.
        loads: How long each version took to load.
        absent: Versions that did not get into service.
    """

    heard: Talk = field(default_factory=Talk)
    swaps: list[tuple[float, float]] = field(default_factory=list)
    loads: list[float] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)

    def rows(self) -> list[Row]:
        """Return the rows of the table; a turn that took too long during a swap misses a target."""
        swapping = [ms for began, ms in self._turns() if self._during(began, ms)]
        quiet = [ms for began, ms in self._turns() if not self._during(began, ms)]
        failed = dict(Counter(self.heard.lost))
        failed.update({f"{name} did not get into service": 1 for name in self.absent})
        limit = f"{_LIMIT_MS:g} ms"
        return [
            Row("change of the model under load: loading", "s", self.loads),
            Row("from deployment until it serves", "s", [end - start for start, end in self.swaps]),
            Row("turn while nothing changes, p95", "ms", _p95(quiet)),
            Row("turn while the model changes, p95", "ms", _p95(swapping)),
            Row(
                f"slowest of {len(swapping)} turns while the model changes", "ms", swapping and [max(swapping)],
                [], limit, _LIMIT_MS, alone=True, failed={"ours": failed} if failed else {},
            ),
        ]  # fmt: skip

    def _turns(self) -> list[tuple[float, float]]:
        return [(began, taken * 1000) for began, taken in self.heard.turns]

    def _during(self, began: float, ms: float) -> bool:
        ended = began + ms / 1000
        return any(ended >= start and began <= end + _AFTER_S for start, end in self.swaps)


def _p95(values: list[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered[int(len(ordered) * 0.95)]] if ordered else []


@contextmanager
def server(base: Settings) -> Iterator[tuple[Settings, int]]:
    """Run the Rasa server of a shop on a model, with Redis and actions, and a folder of models of its own.

    Yields:
        Its settings, and the process id of the Rasa server.
    """
    folder = base.data_dir / "models"
    folder.mkdir()
    settings = base.copy(update={"models_dir": folder})
    first = Path(shutil.copy2(own_model(), folder / "v1.tar.gz"))
    chosen = product_programs(settings, first)
    extra = {"CLOSER_MODELS_DIR": str(folder)}
    programs = [chosen[name] for name in ("redis", "actions", "rasa")]
    with product_processes(settings, programs, extra) as pids:
        yield settings, pids["rasa"]


class Door:
    """The turn endpoint of a Rasa server."""

    def __init__(self, settings: Settings) -> None:
        token = issue_token(settings, role=Role.SERVICE)
        self._url = f"{settings.rasa_url}/webhooks/turn/run"
        self._headers = {"Authorization": f"Bearer {token}"}

    async def say(
        self, http: aiohttp.ClientSession, person: str, text: str, message_id: str
    ) -> dict[str, object]:
        """Say something; return the turn's result.

        Raises:
            RuntimeError: if there is no proper answer.
        """
        message = {
            "message_id": message_id, "channel": "web", "conversation_id": person,
            "customer_id": person, "proven": True, "text": text,
        }  # fmt: skip
        async with http.post(self._url, json=message, headers=self._headers) as answer:
            if answer.status != 200:
                raise RuntimeError(f"status {answer.status}")
            result: dict[str, object] = await answer.json()
        if result.get("repeated") or not result.get("replies"):
            raise RuntimeError("repeated" if result.get("repeated") else "no reply")
        return result


async def talk(
    http: aiohttp.ClientSession, door: Door, person: str, pause: float, heard: Talk
) -> None:
    """Be one customer until it is over."""
    chance = random.Random(person)
    await asyncio.sleep(chance.random() * pause)
    for number, text in enumerate(itertools.cycle(VISIT)):
        if heard.over:
            return
        began = time.perf_counter()
        try:
            result = await door.say(http, person, text, f"{person}-{number}")
            heard.versions.add(str(result.get("model_version")))
        except (aiohttp.ClientError, asyncio.TimeoutError, RuntimeError) as error:
            heard.lost.append(
                str(error) if isinstance(error, RuntimeError) else type(error).__name__
            )
        heard.turns.append((began, time.perf_counter() - began))
        await asyncio.sleep(pause * (0.5 + chance.random()))


async def measure(settings: Settings, people: int, pause: float, swaps: int) -> Outcome:
    """Talk and swap."""
    services, found = Services(settings), Outcome()
    heard = found.heard
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
        talking = [
            asyncio.create_task(talk(http, Door(settings), person, pause, heard))
            for person in customers(people)
        ]
        try:
            await asyncio.sleep(_QUIET_S)
            for number in range(2, 2 + swaps):
                await _swap(services, settings, f"v{number}", found)
                await asyncio.sleep(_AFTER_S + 2)
            await asyncio.sleep(_QUIET_S / 2)
        finally:
            heard.over = True
            await asyncio.gather(*talking)
            await services.close()
    return found


async def _swap(services: Services, settings: Settings, name: str, found: Outcome) -> None:
    shutil.copy2(own_model(), settings.models_dir / f"{name}.tar.gz")
    began = time.perf_counter()
    if not await bring_in(services, name):
        found.absent.append(name)
    found.swaps.append((began, time.perf_counter()))
    gate = (await services.lifecycle.versions.get(name)).gate
    if gate:
        found.loads.append(float(gate["load_s"]))


async def bring_in(services: Services, name: str) -> bool:
    """Register and deploy a version whose archive is there; say whether it got into service."""
    lifecycle = services.lifecycle
    await lifecycle.versions.register(name, actor="benchmark")
    made = await lifecycle.deploy(name, actor="benchmark")
    behind = await lifecycle.fleet.wait_applied(made.revision, 30)
    return not behind and (await lifecycle.versions.get(name)).state == "ready"


def part(run: Run) -> None:
    """Measure as a part of the comparison."""
    with run.results.part("swap"), scratch_settings() as base, server(base) as (settings, _):
        for row in asyncio.run(measure(settings, 8, 0.6, run.times(3))).rows():
            run.results.add(row)


def main() -> int:
    """Run the benchmark by itself."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.swap", description=__doc__)
    parser.add_argument("--customers", type=int, default=8, help="how many talk at once")
    parser.add_argument("--pause", type=float, default=0.6, help="seconds between two messages")
    parser.add_argument("--swaps", type=int, default=3)
    chosen = parser.parse_args()
    with scratch_settings() as base, server(base) as (settings, _):
        found = asyncio.run(measure(settings, chosen.customers, chosen.pause, chosen.swaps))
    print(f"versions that answered: {', '.join(sorted(found.heard.versions))}")
    for row in found.rows():
        print("  ".join(cell for cell in row.cells() if cell))
    return 1 if any(row.lost for row in found.rows()) else 0


if __name__ == "__main__":
    sys.exit(main())
