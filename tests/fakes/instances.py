"""Installations of the product beside whatever else runs here: own ports, own data folder, ended by process id."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from closer.kit.settings import Settings
from scripts.stack.control import stop_all
from scripts.stack.instance import ROOT, Instance


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback interface that nobody uses at present, each different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


@contextmanager
def new_instance(folder: Path) -> Iterator[Instance]:
    """Make an installation in a folder; nothing of it is left running afterwards."""
    port, rasa_port, actions_port, redis_port, simulator_port = free_ports(5)
    settings = Settings(
        data_dir=folder / "data",
        port=port,
        rasa_port=rasa_port,
        actions_port=actions_port,
        redis_port=redis_port,
        simulator_port=simulator_port,
    )
    instance = Instance(settings=settings)
    instance.make_dirs()
    try:
        yield instance
    finally:
        stop_all(instance)


def run_stack(instance: Instance, command: str) -> subprocess.CompletedProcess[str]:
    """Run what `make up`, `make down` and `make status` run."""
    return subprocess.run(
        [sys.executable, "-m", "scripts.stack", command],
        cwd=ROOT,
        env=instance.env,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def bring_up(instance: Instance) -> None:
    """Start everything and wait until it is healthy."""
    done = run_stack(instance, "up")
    assert done.returncode == 0, done.stdout + done.stderr
