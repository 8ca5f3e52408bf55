"""What the benchmarks of speed share: a seeded shop, its processes on free ports, and what customers say."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

from closer.kit.settings import Settings, get_settings, load_settings
from scripts.stack.instance import QUIET_ENV, ROOT, Instance
from scripts.stack.programs import FIRST, Program, programs
from scripts.stack.records import Record
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

#: Two tasks in one breath: each part is read by itself, then the whole.
TWO_WISHES = "where is my order, and what delivery options do you have"


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
    with _running(words, env, log, cwd) as child:
        if ready_url is not None:
            _await_ready(child, lambda _: _answers(ready_url), within_s, log)
        yield child


def product_programs(settings: Settings, model: Path = Path("none")) -> dict[str, Program]:
    """Return the product's programs of a shop as `make up` runs them, Redis included.

    Without the simulator: it plays the vendors, who are not the product.
    """
    instance = Instance(settings)
    instance.make_dirs()
    return {item.name: item for item in programs(instance, model) if item.name != "simulator"}


@contextmanager
def product_processes(
    settings: Settings,
    chosen: Sequence[Program],
    extra: Mapping[str, str] | None = None,
    profile: Path | None = None,
) -> Iterator[dict[str, int]]:
    """Run programs of the product until the end of the block; wait until all are well, as the product's own status is.

    Args:
        settings: Of the shop.
        chosen: Some of `product_programs`, started in this order, all before the first is waited for.
        extra: More for their environment.
        profile: Where profiles of them are to be written, without the name; none if left out.

    Yields:
        Their process ids by name.
    """
    with ExitStack() as stack:
        children = {}
        for program in chosen:
            words = list(program.argv)
            if profile is not None and words[1] == "-m":
                words[1:1] = ["-m", "cProfile", "-o", f"{profile}.{program.name}"]
            env = {**environment(settings), **program.env, **(extra or {})}
            log = settings.data_dir / f"{program.name}.log"
            children[program.name] = stack.enter_context(_running(words, env, log, ROOT))
            if program.name == FIRST:
                _await_ready(children[FIRST], program.healthy, 20.0, log)
        for program in chosen:
            log = settings.data_dir / f"{program.name}.log"
            _await_ready(children[program.name], program.healthy, 300.0, log)
        yield {name: child.pid for name, child in children.items()}


@contextmanager
def _running(
    words: list[str], env: dict[str, str], log: Path, cwd: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        child = subprocess.Popen(words, cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield child
    finally:
        end(child)


def end(child: subprocess.Popen[bytes]) -> None:
    """Stop a process, by force if it does not listen, and what it leaves behind."""
    family = []
    with suppress(psutil.Error):
        family = psutil.Process(child.pid).children(recursive=True)
    child.terminate()
    try:
        child.wait(12)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait(5)
    for orphan in family:  # workers of a server that was killed
        with suppress(psutil.Error):
            orphan.kill()


def memory_mb(pid: int) -> dict[str, float]:
    """Return the memory of a process with its children: resident, and shared pages in shares where the system tells."""
    resident = shares = 0.0
    for member in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            full = member.memory_full_info()
            resident += full.rss / 2**20
            shares += getattr(full, "pss", 0) / 2**20
    return {"rss": resident, "pss": shares}


def _answers(url: str) -> bool:
    with suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
        return bool(answer.status == 200)
    return False


def _await_ready(
    child: subprocess.Popen[bytes], ready: Callable[[Record], bool], within_s: float, log: Path
) -> None:
    give_up = time.monotonic() + within_s
    started = psutil.Process(child.pid).create_time()
    record = Record(log.stem, child.pid, started, (), "")
    while time.monotonic() < give_up and child.poll() is None:
        if ready(record):
            return
        time.sleep(0.05)
    tail = "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-15:])
    how = "ended" if child.poll() is not None else f"did not get ready in {within_s:g} s"
    raise RuntimeError(f"{log.stem} {how}\n--- {log}\n{tail}")


@contextmanager
def action_server(settings: Settings) -> Iterator[int]:
    """Run the action server of a shop; give its process id."""
    with product_processes(settings, [product_programs(settings)["actions"]]) as pids:
        yield pids["actions"]


@contextmanager
def redis_server(settings: Settings) -> Iterator[int]:
    """Run the embedded Redis of a shop, which writes its log of changes as the product's does; give its process id."""
    with product_processes(settings, [product_programs(settings)[FIRST]]) as pids:
        yield pids[FIRST]
