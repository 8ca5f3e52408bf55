"""What changing the model costs those who are talking: turns of a real Rasa server while versions are loaded and swapped.

    python -m benchmarks.swap [--customers 8] [--pause 0.6] [--swaps 3]

Customers talk at a steady pace through the turn endpoint; meanwhile versions are registered and deployed one after the
other. Prints load time, time until the server has applied a deployment, turn latency in quiet and during swaps, what was
lost, and memory with one and two versions.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import shutil
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from benchmarks.rig import (
    VISIT,
    action_server,
    customers,
    environment,
    own_model,
    process,
    redis_server,
    scratch_settings,
)
from closer.kit.settings import Settings
from closer.lifecycle.records import Replica
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


@contextmanager
def server(settings: Settings, archive: Path) -> Iterator[None]:
    """Run the Rasa server of a shop on a model, with Redis and actions."""
    words = [sys.executable, "-m", "rasa", "run", "-i", "127.0.0.1", "--model", str(archive)]
    words += ["--port", str(settings.rasa_port)]
    env = {**environment(settings), "CLOSER_MODELS_DIR": str(settings.models_dir)}
    with ExitStack() as stack:
        stack.enter_context(redis_server(settings))
        stack.enter_context(action_server(settings))
        log = settings.data_dir / "rasa.log"
        stack.enter_context(process(words, env, log, f"{settings.rasa_url}/"))
        yield


async def talk(
    http: aiohttp.ClientSession, settings: Settings, person: str, pause: float, heard: Talk
) -> None:
    """Be one customer until it is over."""
    token = issue_token(settings, role=Role.SERVICE)
    url, headers = f"{settings.rasa_url}/webhooks/turn/run", {"Authorization": f"Bearer {token}"}
    chance = random.Random(person)
    await asyncio.sleep(chance.random() * pause)
    for number, text in enumerate(itertools.cycle(VISIT)):
        if heard.over:
            return
        message = {
            "message_id": f"{person}-{number}", "channel": "web", "conversation_id": person,
            "customer_id": person, "proven": True, "text": text,
        }  # fmt: skip
        began = time.perf_counter()
        try:
            async with http.post(url, json=message, headers=headers) as answer:
                result = await answer.json()
                if answer.status != 200 or result.get("repeated") or not result.get("replies"):
                    heard.lost.append(f"{answer.status}: {str(result)[:120]}")
                heard.versions.add(str(result.get("model_version")))
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            heard.lost.append(type(error).__name__)
        heard.turns.append((began, time.perf_counter() - began))
        await asyncio.sleep(pause * (0.5 + chance.random()))


async def measure(settings: Settings, chosen: argparse.Namespace, archive: Path) -> int:
    """Talk and swap; print what came of it."""
    services, heard = Services(settings), Talk()
    lifecycle = services.lifecycle
    swaps: list[tuple[float, float]] = []
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        people = [
            asyncio.create_task(talk(http, settings, person, chosen.pause, heard))
            for person in customers(chosen.customers)
        ]
        await asyncio.sleep(_QUIET_S)
        one = await _memory(services)
        for number in range(2, 2 + chosen.swaps):
            name = f"v{number}"
            shutil.copy2(archive, settings.models_dir / f"{name}.tar.gz")
            began = time.perf_counter()
            await lifecycle.versions.register(name, actor="benchmark")
            made = await lifecycle.deploy(name, actor="benchmark")
            behind = await lifecycle.fleet.wait_applied(made.revision, 20)
            swaps.append((began, time.perf_counter()))
            if behind or (await lifecycle.versions.get(name)).state != "ready":
                print(f"{name} did not get into service", file=sys.stderr)
            await asyncio.sleep(_AFTER_S + 2)
            if number == 2:
                two = await _memory(services)
        await asyncio.sleep(_QUIET_S / 2)
        heard.over = True
        await asyncio.gather(*people)
    loads = [(await lifecycle.versions.get(f"v{2 + n}")).gate for n in range(chosen.swaps)]
    await services.close()
    _print(heard, swaps, [float(gate["load_s"]) for gate in loads if gate], one, two)
    return 1 if heard.lost else 0


async def _memory(services: Services) -> Replica:
    (replica,) = await services.lifecycle.fleet.present()
    return replica


def _print(
    heard: Talk,
    swaps: Sequence[tuple[float, float]],
    loads: list[float],
    one: Replica,
    two: Replica,
) -> None:
    def during(began: float, taken: float) -> bool:
        return any(began + taken >= start and began <= end + _AFTER_S for start, end in swaps)

    swapping = [taken * 1000 for began, taken in heard.turns if during(began, taken)]
    quiet = [taken * 1000 for began, taken in heard.turns if not during(began, taken)]
    applied = [end - start for start, end in swaps]
    print(f"versions that answered: {', '.join(sorted(heard.versions))}")
    print(f"load                    {statistics.median(loads):7.2f} s   slowest {max(loads):.2f} s")
    print(
        f"applied after           {statistics.median(applied):7.2f} s   slowest {max(applied):.2f} s"
    )
    for name, taken in (("turns in quiet", quiet), ("turns during swaps", swapping)):
        ordered = sorted(taken)
        p95 = ordered[int(len(ordered) * 0.95)]
        print(
            f"{name:<22}  {statistics.median(taken):7.1f} ms  p95 {p95:.1f} ms  slowest {ordered[-1]:.1f} ms"
            f"  over {_LIMIT_MS:g} ms: {sum(item > _LIMIT_MS for item in taken)} of {len(taken)}"
        )
    print(f"messages                {len(heard.turns):7d}     lost {len(heard.lost)}")
    for reason in heard.lost[:5]:
        print(f"  {reason}")
    print(f"memory, one version     {one.memory_mb:7.0f} MB  {', '.join(one.serving)}")
    print(f"memory, two versions    {two.memory_mb:7.0f} MB  {', '.join(two.serving)}")


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.swap", description=__doc__)
    parser.add_argument("--customers", type=int, default=8, help="how many talk at once")
    parser.add_argument("--pause", type=float, default=0.6, help="seconds between two messages")
    parser.add_argument("--swaps", type=int, default=3)
    chosen = parser.parse_args()
    model = own_model()
    with scratch_settings() as base:
        folder = base.data_dir / "models"
        folder.mkdir()
        settings = base.copy(update={"models_dir": folder})
        first = Path(shutil.copy2(model, folder / "v1.tar.gz"))
        with server(settings, first):
            return asyncio.run(measure(settings, chosen, first))


if __name__ == "__main__":
    sys.exit(main())
