"""Four processes at the same conversations: never two at once, nobody overtaken, whoever dies."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import pytest

from closer.kit.settings import ROOT
from tests.fakes.redis_server import RedisServer, running_redis

CONVERSATIONS = 6


def start(
    server: RedisServer, folder: Path, name: str, holds: int, life_s: float
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.fakes.lock_worker", server.url, str(folder), name]
    return subprocess.Popen([*command, str(CONVERSATIONS), str(holds), str(life_s)], cwd=ROOT)


def entries(folder: Path) -> dict[str, list[tuple[float, int, bool]]]:
    """Return for each conversation when it was entered, at which place, and whether alone."""
    found = defaultdict(list)
    for log in folder.glob("*.log"):
        for line in log.read_text().splitlines():
            name, place, entered, alone = line.split()
            found[name].append((float(entered), int(place), alone == "1"))
    return {name: sorted(items) for name, items in found.items()}


def check(folder: Path) -> int:
    found = entries(folder)
    for name, items in found.items():
        assert all(alone for _, _, alone in items), f"two at once in {name}"
        places = [place for _, place, _ in items]
        assert places == sorted(places), f"somebody was overtaken in {name}"
    return sum(len(items) for items in found.values())


def wait(workers: list[subprocess.Popen[bytes]], seconds: float) -> None:
    give_up = time.monotonic() + seconds
    try:
        for worker in workers:
            assert worker.wait(max(0.1, give_up - time.monotonic())) == 0
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.kill()
                worker.wait()


def test_nobody_is_overtaken_and_no_two_are_inside_at_once(tmp_path: Path) -> None:
    with running_redis() as server:
        workers = [start(server, tmp_path, f"w{number}", 200, 6.0) for number in range(4)]
        wait(workers, 60)
    assert check(tmp_path) == 4 * 200


def test_a_killed_process_holds_up_the_others_for_its_life_at_most(tmp_path: Path) -> None:
    with running_redis() as server:
        victim = start(server, tmp_path, "victim", 100_000, 1.0)
        others = [start(server, tmp_path, f"w{number}", 80, 1.0) for number in range(3)]
        while not (tmp_path / "victim.log").exists() or len(entries(tmp_path)) < CONVERSATIONS:
            assert victim.poll() is None
            time.sleep(0.02)
        victim.kill()
        victim.wait()
        wait(others, 40)
    check(tmp_path)
    done = sum(len((tmp_path / f"w{number}.log").read_text().splitlines()) for number in range(3))
    assert done == 3 * 80


@pytest.mark.nightly
def test_ten_thousand_holds_with_redis_restarted_in_between(tmp_path: Path) -> None:
    with running_redis() as server:
        workers = [start(server, tmp_path, f"w{number}", 2560, 4.0) for number in range(4)]
        for _ in range(3):
            time.sleep(6)
            server.stop()  # it keeps nothing
            server.start()
        wait(workers, 240)
    total = check(tmp_path)
    print(f"{total} holds by 4 processes over 3 restarts of Redis")
    assert total == 4 * 2560
