"""How long the next message of a conversation waits after the one before, with our lock store and with Rasa's on Redis.

`python -m benchmarks.locks [--rounds N]`. Two stores stand for two processes; both kinds run in turns on one Redis.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from urllib.parse import urlsplit

from rasa.core.lock_store import LockStore, RedisLockStore

from closer.kit.logging import configure_logging
from closer.kit.settings import load_settings
from rasa_ext.lock_store import RedisTicketLockStore
from tests.fakes.redis_server import running_redis

_BUSY_S = 0.02


async def wake_up_ms(first: LockStore, second: LockStore, name: str) -> float:
    """Hold a conversation for a moment while another one waits; return how late that one was let in."""
    entered = 0.0

    async def wait() -> None:
        nonlocal entered
        async with second.lock(name):
            entered = time.perf_counter()

    async with first.lock(name):
        task = asyncio.create_task(wait())
        await asyncio.sleep(_BUSY_S)
        freed = time.perf_counter()
    await task
    return (entered - freed) * 1000


async def free_ms(store: LockStore, name: str) -> float:
    """Return how long taking and giving back a free lock takes."""
    began = time.perf_counter()
    async with store.lock(name):
        pass
    return (time.perf_counter() - began) * 1000


def line(name: str, ours: list[float], stock: list[float]) -> str:
    def figures(values: list[float]) -> str:
        ordered = sorted(values)
        p95 = ordered[int(len(ordered) * 0.95)]
        return f"median {statistics.median(ordered):8.2f} ms, p95 {p95:8.2f} ms"

    ratio = statistics.median(stock) / statistics.median(ours)
    return f"{name:12} ours {figures(ours)} | Rasa's {figures(stock)} | {ratio:.1f} times"


async def main(rounds: int) -> None:
    configure_logging("bench", "ERROR", "console")
    with running_redis() as server:
        port = urlsplit(server.url).port or 0
        settings = load_settings(redis_url=server.url)
        ours = [RedisTicketLockStore(settings=settings) for _ in range(2)]
        stock = [RedisLockStore(port=port) for _ in range(2)]
        await asyncio.sleep(3.1)  # a Redis that has just started lets nobody in
        for store in (*ours, *stock):
            await free_ms(store, "warm-up")
        wake: dict[str, list[float]] = {"ours": [], "stock": []}
        free: dict[str, list[float]] = {"ours": [], "stock": []}
        for number in range(rounds):
            wake["ours"].append(await wake_up_ms(ours[0], ours[1], f"o{number}"))
            wake["stock"].append(await wake_up_ms(stock[0], stock[1], f"s{number}"))
            for _ in range(10):
                free["ours"].append(await free_ms(ours[0], f"o{number}"))
                free["stock"].append(await free_ms(stock[0], f"s{number}"))
        print(line("wake-up", wake["ours"], wake["stock"]))
        print(line("free lock", free["ours"], free["stock"]))
        for store in ours:
            await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    asyncio.run(main(parser.parse_args().rounds))
