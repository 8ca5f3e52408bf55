"""Letting the programs in and waiting until everything is healthy, or until there is no hope that it will be."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from scripts.stack.control import StackError, log_tail, supervisor_record
from scripts.stack.gate import is_open, open_gate
from scripts.stack.instance import Instance
from scripts.stack.programs import Program
from scripts.stack.records import read_record
from scripts.stack.supervisor import process_states

_POLL_SECONDS = 0.1
_MOST_STARTS = 4
_AT_ONCE = max(2, os.cpu_count() or 2)  # beside the slowest, one needs a processor of its own


def is_healthy(instance: Instance, program: Program) -> bool:
    """Tell whether the program's process lives and answers; another one's answer does not count.

    Nor does a process that is still held: what its predecessor left behind may look like its own sign of life.
    """
    record = read_record(instance.run_dir, program.name)
    if record is None or record.process() is None or not is_open(instance.run_dir, program.name):
        return False
    return program.healthy(record)


def wait_healthy(
    instance: Instance, runs: Sequence[Program], seconds: float, say: Callable[[str], None]
) -> None:
    """Let the programs in, the slowest first, and wait until each answers.

    Args:
        instance: Whose programs.
        runs: The programs.
        seconds: The longest wait.
        say: Is told when one is ready.

    Raises:
        StackError: The time is over, or a program ends again and again; with the end of its log.
    """
    began = time.monotonic()
    pending = {program.name: program for program in sorted(runs, key=lambda program: program.held)}
    starts: dict[str, set[int]] = {name: set() for name in pending}
    with ThreadPoolExecutor(len(pending)) as pool:
        while pending:
            _let_in(instance, list(pending))
            checks = pool.map(lambda program: is_healthy(instance, program), pending.values())
            for name in [name for name, well in zip(list(pending), checks, strict=True) if well]:
                del pending[name]
                say(f"  {name:<10} ready after {time.monotonic() - began:.1f} s")
            if pending:
                _note_starts(instance, pending, starts)
                _check_hope(instance, starts, list(pending), time.monotonic() - began, seconds)
                time.sleep(_POLL_SECONDS)


def _let_in(instance: Instance, pending: list[str]) -> None:
    """Open the gates of the first few that are not healthy yet."""
    for name in pending[:_AT_ONCE]:
        if not is_open(instance.run_dir, name):
            open_gate(instance.run_dir, name)


def _note_starts(
    instance: Instance, pending: dict[str, Program], starts: dict[str, set[int]]
) -> None:
    for name in pending:
        record = read_record(instance.run_dir, name)
        if record is not None:
            starts[name].add(record.pid)


def _check_hope(
    instance: Instance,
    starts: dict[str, set[int]],
    pending: list[str],
    passed: float,
    seconds: float,
) -> None:
    states = process_states(instance) or {}
    ending = [
        name
        for name in pending
        if len(starts[name]) >= _MOST_STARTS or (name in states and states[name].gave_up)
    ]
    if ending:
        raise _failure(instance, ending, "ends again and again")
    if not supervisor_record(instance):
        raise _failure(instance, pending, "the supervisor is gone")
    if passed >= seconds:
        raise _failure(instance, pending, f"not healthy after {passed:.0f} s")


def _failure(instance: Instance, names: list[str], why: str) -> StackError:
    logs = [instance.log_dir / f"{name}.log" for name in names]
    tails = [f"--- {log}\n{log_tail(log)}" for log in logs]
    return StackError(f"{', '.join(names)}: {why}\n" + "\n".join(tails))
