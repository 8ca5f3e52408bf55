"""Instances of their own for tests that start real processes: own ports, own data folder."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from closer.kit.settings import Settings
from scripts.stack.control import stop_all
from scripts.stack.instance import Instance
from scripts.stack.records import MARK


def _free_ports(count: int) -> list[int]:
    """Return ports of the loopback interface that nobody uses at present, each different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@pytest.fixture
def free_ports() -> Callable[[int], list[int]]:
    """A source of free ports."""
    return _free_ports


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    """An installation beside whatever else runs here; nothing of it is left after the test."""
    for name in (
        "REDIS_URL",
        "DATABASE_URL",
        "CLOSER_RASA_URL",
        "CLOSER_ACTIONS_URL",
        "CLOSER_PUBLIC_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    port, rasa_port, actions_port, redis_port = _free_ports(4)
    settings = Settings(
        data_dir=tmp_path / "data",
        port=port,
        rasa_port=rasa_port,
        actions_port=actions_port,
        redis_port=redis_port,
    )
    made = Instance(settings=settings)
    made.make_dirs()
    yield made
    stop_all(made)


@pytest.fixture
def leftovers(instance: Instance) -> Callable[[], list[str]]:
    """Tells which processes of the instance live, found by its mark in their environment."""

    def find() -> list[str]:
        found = []
        for process in psutil.process_iter():
            try:
                ours = (
                    process.environ().get(MARK) == str(instance.run_dir)
                    and process.pid != os.getpid()
                )
                if ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        return found

    return find
