"""A pid record means one process only: its pid, start time and command line must all agree."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from scripts.stack.records import (
    MARK,
    Record,
    read_record,
    read_records,
    record_path,
    stop,
    write_own_record,
)

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('.', flush=True); time.sleep(60)",
)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours that does nothing."""
    process = subprocess.Popen(SLEEP)
    yield process
    process.kill()
    process.wait()


def record_of(
    process: subprocess.Popen[bytes], argv: tuple[str, ...] = SLEEP, mark: str = "here"
) -> Record:
    return Record("sleeper", process.pid, psutil.Process(process.pid).create_time(), argv, mark)


def test_record_finds_its_process(sleeper: subprocess.Popen[bytes]) -> None:
    found = record_of(sleeper).process()
    assert found is not None
    assert found.pid == sleeper.pid


def test_other_start_time_is_another_process(sleeper: subprocess.Popen[bytes]) -> None:
    record = record_of(sleeper)
    assert replace(record, started=record.started - 60).process() is None


def test_other_command_is_another_process(sleeper: subprocess.Popen[bytes]) -> None:
    assert replace(record_of(sleeper), argv=("python", "-m", "rasa")).process() is None


def test_stranger_with_a_recycled_pid_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    record = record_of(sleeper)
    assert stop(replace(record, started=record.started - 60), 1) is False
    assert sleeper.poll() is None


def test_stop_ends_the_process(sleeper: subprocess.Popen[bytes]) -> None:
    record = record_of(sleeper)
    assert stop(record, 5) is True
    assert record.process() is None
    assert stop(record, 5) is False


def test_stop_uses_force_after_the_time_is_over() -> None:
    process = subprocess.Popen(DEAF, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()  # it ignores the polite request from here on
    assert stop(record_of(process, DEAF), 0.3) is True
    assert process.wait(5) == -9
    process.stdout.close()


def test_children_of_a_dead_leader_are_stopped(tmp_path: Path) -> None:
    code = f"import subprocess; print(subprocess.Popen({list(SLEEP)!r}, stdout=-3).pid, flush=True)"
    leader = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, MARK: str(tmp_path)},
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    record = record_of(leader, mark=str(tmp_path))
    child = int(leader.communicate(timeout=10)[0])
    assert psutil.pid_exists(child)
    assert stop(replace(record, mark="elsewhere"), 1) is False
    assert stop(record, 1) is True
    end = time.monotonic() + 5
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end


def test_own_record_can_be_read_back(tmp_path: Path) -> None:
    write_own_record(tmp_path, "me", ["a", "b c"])
    record = read_record(tmp_path, "me")
    assert record is not None
    assert (record.pid, record.argv, record.mark) == (os.getpid(), ("a", "b c"), str(tmp_path))
    assert [found.name for found in read_records(tmp_path)] == ["me"]


@pytest.mark.parametrize("content", ["", "12345", "{}", '{"name": "x", "pid": "abc"}', "null"])
def test_damaged_record_counts_as_none(tmp_path: Path, content: str) -> None:
    record_path(tmp_path, "x").write_text(content)
    assert read_record(tmp_path, "x") is None
    assert read_records(tmp_path) == []


def test_missing_record_counts_as_none(tmp_path: Path) -> None:
    assert read_record(tmp_path, "x") is None
