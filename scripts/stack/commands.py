"""The four commands, in the words that people read."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence

import psutil

from scripts.stack.control import start, stop_all, supervisor_record, supervisor_was_killed
from scripts.stack.instance import Instance
from scripts.stack.prepare import prepare
from scripts.stack.programs import SUPERVISOR, Program, programs
from scripts.stack.records import read_record, record_path
from scripts.stack.supervisor import ProcessState, process_states
from scripts.stack.waiting import is_healthy, wait_healthy
from scripts.train import model_path

_WATCH_SECONDS = 1.0


def up(instance: Instance, seconds: float) -> int:
    """Start everything in the background; return when all is healthy."""
    _bring_up(instance, seconds)
    _say("It runs in the background: `make status` shows how it is, `make down` stops it.")
    return 0


def run(instance: Instance, seconds: float) -> int:
    """Start everything, stay in the foreground, and stop everything at the end."""
    try:
        runs = _bring_up(instance, seconds)
        _say("Ctrl-C stops everything.")
        _watch(instance, runs, seconds)
    except KeyboardInterrupt:
        _say("\nStopping ...")
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(
                number, signal.SIG_IGN
            )  # the stop itself is quick and must not be cut short
        stop_all(instance)
    _say("Stopped.")
    return 0


def down(instance: Instance) -> int:
    """Stop everything, orphans included."""
    stopped = stop_all(instance)
    _say("Stopped." if stopped else "Nothing was running.")
    return 0


def status(instance: Instance) -> int:
    """Show each process; return 0 only if all are healthy."""
    states = process_states(instance) if supervisor_record(instance) else None
    runs = programs(instance, model_path(instance.root))
    _say(f"{'process':<11}{'state':<10}{'health':<12}{'pid':>8}{'up':>10}{'memory':>9}")
    healthy = [_show(instance, program, (states or {}).get(program.name)) for program in runs]
    if states is None:
        _say("Nothing keeps these processes alive at present; `make up` starts them.")
    return 0 if states is not None and all(healthy) else 1


def _bring_up(instance: Instance, seconds: float) -> list[Program]:
    began = time.monotonic()
    runs = programs(instance, model_path(instance.root))
    _say("Preparing ...")
    fresh = start(instance, runs)
    try:
        prepare(instance, _say)
    except BaseException:
        if fresh:  # nothing half-prepared stays; what ran before goes on
            stop_all(instance)
        raise
    _say("Starting ...")
    wait_healthy(instance, runs, seconds, _say)
    _greet(instance, time.monotonic() - began)
    return runs


def _greet(instance: Instance, seconds: float) -> None:
    settings = instance.settings
    _say(f"\nAI Closer X is ready after {seconds:.0f} s.\n")
    _say(f"  Chat       {settings.public_url}/")
    if instance.simulates:
        _say(f"  Simulator  {instance.simulator_url}/ (phone, calls and mail without an account)")
    _say(f"  API        {settings.public_url}/docs")
    _say(f"  Health     {settings.public_url}/health/ready")
    _say(f"  Logs       {instance.log_dir}\n")


def _watch(instance: Instance, runs: Sequence[Program], seconds: float) -> None:
    """Tell of processes that die and come back, and replace a supervisor that was killed."""
    pids = _pids(instance, runs)
    while record_path(instance.run_dir, SUPERVISOR).exists():  # `make down` elsewhere removes it
        time.sleep(_WATCH_SECONDS)
        if supervisor_was_killed(instance):
            _say("The supervisor is gone; starting again ...")
            start(instance, runs)
            wait_healthy(instance, runs, seconds, _say)
            pids = _pids(instance, runs)
        before, pids = pids, _pids(instance, runs)
        for name in [name for name, pid in pids.items() if pid and pid != before[name]]:
            _say(f"{name} had stopped and was started again; see {instance.log_dir / name}.log")


def _pids(instance: Instance, runs: Sequence[Program]) -> dict[str, int | None]:
    records = {program.name: read_record(instance.run_dir, program.name) for program in runs}
    return {name: record.pid if record else None for name, record in records.items()}


def _show(instance: Instance, program: Program, state: ProcessState | None) -> bool:
    record = read_record(instance.run_dir, program.name)
    process = record.process() if record else None
    healthy = is_healthy(instance, program)
    word = state.state.lower() if state else ("orphan" if process else "stopped")
    _say(
        f"{program.name:<11}{word:<10}{'healthy' if healthy else 'unhealthy':<12}{_vitals(process)}"
    )
    return healthy


def _vitals(process: psutil.Process | None) -> str:
    try:
        if process is None:
            return f"{'-':>8}{'-':>10}{'-':>9}"
        age = time.time() - process.create_time()
        return f"{process.pid:>8}{age:>8.0f} s{process.memory_info().rss / 2**20:>6.0f} MB"
    except psutil.Error:
        return ""


def _say(line: str) -> None:
    print(line, flush=True, file=sys.stdout)
