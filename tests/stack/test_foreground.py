"""`run` in the foreground, on one small program: Ctrl-C, a killed supervisor, `down` from elsewhere."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.stack import probes
from scripts.stack.control import stop_all
from scripts.stack.instance import ROOT, Instance
from scripts.stack.programs import SUPERVISOR
from scripts.stack.records import read_record

pytestmark = pytest.mark.stack
DRIVER = """
import sys
from scripts.stack import commands, probes
from scripts.stack.__main__ import main
from scripts.stack.programs import Program

def one_program(instance, model):
    port = instance.settings.port
    argv = (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1")
    return [Program("gateway", argv, lambda _: probes.http_ok(f"http://127.0.0.1:{port}/pyproject.toml"), port=port)]

commands.programs = one_program
commands.prepare = lambda instance, say: None
sys.argv[1:] = ["run"]
sys.exit(main())
"""


class Foreground:
    """A `run` in a process of its own, and what it printed."""

    def __init__(self, instance: Instance) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", DRIVER],
            cwd=ROOT,
            env=instance.env,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.printed = ""
        self.read = 0  # the next words are looked for behind these

    def wait_for(self, words: str, seconds: float = 20) -> None:
        assert self.process.stdout is not None
        end = time.monotonic() + seconds
        while words not in self.printed[self.read :]:
            assert time.monotonic() < end, f"no {words!r} in {self.printed[self.read :]!r}"
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                self.printed += os.read(self.process.stdout.fileno(), 4096).decode()
        self.read = self.printed.index(words, self.read) + len(words)


@pytest.fixture
def foreground(instance: Instance) -> Iterator[Foreground]:
    """`run`, healthy."""
    started = Foreground(instance)
    started.wait_for("Ctrl-C stops everything")
    yield started
    started.process.kill()
    started.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_stops_everything(
    foreground: Foreground, leftovers: Callable[[], list[str]], number: signal.Signals
) -> None:
    assert "AI Closer X is ready" in foreground.printed
    foreground.process.send_signal(number)
    assert foreground.process.wait(20) == 0
    assert leftovers() == []


def test_killed_supervisor_is_replaced(foreground: Foreground, instance: Instance) -> None:
    record = read_record(instance.run_dir, SUPERVISOR)
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    foreground.wait_for("supervisor is gone")
    foreground.wait_for("gateway    ready", 20)
    assert probes.http_ok(f"http://127.0.0.1:{instance.settings.port}/pyproject.toml")


def test_killed_process_is_mentioned(foreground: Foreground, instance: Instance) -> None:
    record = read_record(instance.run_dir, "gateway")
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    foreground.wait_for("gateway had stopped and was started again")


def test_down_elsewhere_ends_it(foreground: Foreground, instance: Instance) -> None:
    stop_all(instance)
    assert foreground.process.wait(20) == 0


def test_run_after_a_killed_run_works(
    foreground: Foreground, instance: Instance, leftovers: Callable[[], list[str]]
) -> None:
    foreground.process.kill()
    foreground.process.wait()
    again = Foreground(instance)
    again.wait_for("Ctrl-C stops everything")
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(20) == 0
    assert leftovers() == []
    again.process.communicate()


def test_data_folder_is_the_given_one(foreground: Foreground, instance: Instance) -> None:
    assert str(instance.log_dir) in foreground.printed
    assert Path(instance.log_dir / "gateway.log").exists()
