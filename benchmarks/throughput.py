"""Messages a second through everything: ours by its gateway, stock by `rasa run` with REST, its SQL store and our actions.

python -m benchmarks.throughput --side ours --concurrent 1,32 --seconds 10
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import yaml

from benchmarks.databases import postgres
from benchmarks.load import PEOPLE, Crowd, Load, Say, Side, closed_loop, open_loop
from benchmarks.rig import (
    action_server,
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
