"""Pid records: which process is ours, told by pid, start time and command line, and how it is stopped.

A number alone is not enough: after a crash or a reboot the same pid may belong to somebody else's process.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

MARK = (
    "CLOSER_STACK"  # in the environment of each of our processes: the run folder that it belongs to
)
_CLOCK_TOLERANCE_S = (
    2.0  # start times are derived from the boot time, which clock corrections move a little
)


@dataclass(frozen=True)
class Record:
    """A process as it introduced itself just before it became the program."""

    name: str
    pid: int
    started: float
    argv: tuple[str, ...]
    mark: str

    def process(self) -> psutil.Process | None:
        """Return the living process that this record means, or None."""
        try:
            process = psutil.Process(self.pid)
            same_start = abs(process.create_time() - self.started) <= _CLOCK_TOLERANCE_S
            # The first word may be rewritten (macOS resolves a framework's Python): the rest identifies.
            same_words = process.cmdline()[1:] == list(self.argv[1:])
            alive = process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return process if same_start and same_words and alive else None


def record_path(run_dir: Path, name: str) -> Path:
    """Return where the process of that name keeps its record."""
    return run_dir / f"{name}.pid"


def write_own_record(run_dir: Path, name: str, argv: Sequence[str]) -> None:
    """Write the calling process's record; it then replaces itself with the program, keeping its pid."""
    pid = os.getpid()
    started = psutil.Process(pid).create_time()
    record = Record(name, pid, started, tuple(argv), str(run_dir))
    path = record_path(run_dir, name)
    scratch = path.with_suffix(f".{pid}.tmp")
    scratch.write_text(json.dumps(asdict(record)), "utf-8")
    scratch.replace(path)


def read_record(run_dir: Path, name: str) -> Record | None:
    """Return the record of that name; None when there is none or it is damaged."""
    try:
        found = json.loads(record_path(run_dir, name).read_text("utf-8"))
        argv = tuple(str(word) for word in found["argv"])
        return Record(
            str(found["name"]), int(found["pid"]), float(found["started"]), argv, str(found["mark"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_records(run_dir: Path) -> list[Record]:
    """Return all readable records of an installation."""
    names = sorted(path.stem for path in run_dir.glob("*.pid"))
    return [record for name in names if (record := read_record(run_dir, name))]


def stop(record: Record, seconds: float, nudge: Callable[[], object] | None = None) -> bool:
    """Stop the recorded process and its group: a polite request first, force after the time is over.

    Args:
        record: Which process.
        seconds: Its time to end by itself.
        nudge: Called now and then while waiting, for a process that is slow to notice what happens.

    Returns:
        Whether there was anything to stop. A pid that now belongs to another process is left alone.
    """
    leader = record.process()
    if leader is not None:
        _signal(leader, signal.SIGTERM)
        _wait([leader], seconds, nudge)
    rest = _wait([*([leader] if leader is not None else []), *_group(record)], 0)
    for process in rest:
        _signal(process, signal.SIGKILL)
    _wait(rest, 5)
    return leader is not None or bool(rest)


def _wait(
    processes: list[psutil.Process], seconds: float, nudge: Callable[[], object] | None = None
) -> list[psutil.Process]:
    """Wait until all have ended, a zombie counting as such; return those that live on."""
    end = time.monotonic() + seconds
    while living := [process for process in processes if _alive(process)]:
        if time.monotonic() >= end:
            return living
        time.sleep(0.05)
        if nudge is not None:
            nudge()
    return []


def _group(record: Record) -> list[psutil.Process]:
    """Return what the recorded process started in its process group, itself gone or not."""
    members = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == record.pid and process.environ().get(MARK) == record.mark:
                members.append(process)
        except (psutil.Error, OSError):
            continue  # ended meanwhile, or somebody else's
    return members


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)  # psutil checks once more that the pid was not reused
    except psutil.Error:
        return
