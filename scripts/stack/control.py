"""Starting and stopping: what `run`, `up` and `down` are made of."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psutil

from scripts.stack.config import is_current, supervisor_argv, write_config
from scripts.stack.gate import close_gates
from scripts.stack.instance import Instance
from scripts.stack.programs import FIRST, SUPERVISOR, Program
from scripts.stack.records import MARK, Record, read_record, read_records, record_path, stop
from scripts.stack.supervisor import process_states, start_absent

_STOP_SECONDS = 30.0  # the supervisor's time to stop all others
_ORPHAN_SECONDS = 5.0  # Celery misses the request when its output has no reader any more


class StackError(Exception):
    """The processes cannot be started or did not become healthy; the message is for people."""


def supervisor_record(instance: Instance) -> Record | None:
    """Return the record of the supervisor if it is alive."""
    record = read_record(instance.run_dir, SUPERVISOR)
    return record if record is not None and record.process() is not None else None


def supervisor_was_killed(instance: Instance) -> bool:
    """Tell whether the supervisor is gone without having been stopped by us."""
    if supervisor_record(instance):
        return False
    with (
        instance.lock()
    ):  # somebody who is stopping it holds the lock, and removes the record in the end
        return record_path(instance.run_dir, SUPERVISOR).exists() and not supervisor_record(
            instance
        )


def start(instance: Instance, runs: Sequence[Program]) -> bool:
    """Bring up the supervisor with these programs, held; what already runs as wanted is left running.

    Returns:
        Whether they were started; they are let in by `wait_healthy`.

    Raises:
        StackError: A port is taken by a stranger, or the supervisor ends at once.
    """
    with instance.lock():
        if supervisor_record(instance) and is_current(instance, runs):
            start_absent(instance)
            return False
        _stop_all(instance)
        _check_ports(instance, runs)
        write_config(instance, runs)
        close_gates(instance.run_dir)
        _launch_supervisor(instance)
        return True


def stop_all(instance: Instance) -> list[str]:
    """Stop everything of this installation, orphans included; return what was running."""
    with instance.lock():
        return _stop_all(instance)


def log_tail(path: Path, lines: int = 25) -> str:
    """Return the last lines of a log, or nothing if there is none."""
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def _stop_all(instance: Instance) -> list[str]:
    stopped = []
    keeper = read_record(instance.run_dir, SUPERVISOR)
    wake = partial(process_states, instance)  # it is slow to look around unless spoken to
    if keeper is not None and stop(keeper, _STOP_SECONDS, wake):
        stopped.append(SUPERVISOR)
    records = read_records(instance.run_dir)
    orphans = [record for record in records if record.name not in (SUPERVISOR, FIRST)]
    first = [record for record in records if record.name == FIRST]
    with ThreadPoolExecutor() as pool:  # what the others need to end in peace is stopped last
        for wave in (orphans, first):
            ended = pool.map(lambda record: stop(record, _ORPHAN_SECONDS), wave)
            stopped += [record.name for record, found in zip(wave, ended, strict=True) if found]
    for record in records:
        record_path(instance.run_dir, record.name).unlink(missing_ok=True)
    return stopped


def _check_ports(instance: Instance, runs: Sequence[Program]) -> None:
    for program in runs:
        if program.port is None:
            continue
        host = instance.settings.host if program.name == "gateway" else "127.0.0.1"
        if not _port_free(host, program.port):
            variable = "PORT" if program.name == "gateway" else f"{program.name.upper()}_PORT"
            owner = _port_owner(program.port)
            raise StackError(
                f"port {program.port} ({program.name}) is taken{owner}; choose another one with {variable}=<port>"
            )


def _port_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _port_owner(port: int) -> str:
    try:
        for found in psutil.net_connections("tcp"):
            here = found.laddr and found.laddr.port == port
            if here and found.status == psutil.CONN_LISTEN and found.pid:
                return f" by {psutil.Process(found.pid).name()} (pid {found.pid})"
    except psutil.Error:
        pass  # seeing other people's sockets may need rights
    return ""


def _launch_supervisor(instance: Instance) -> None:
    instance.socket_path.unlink(missing_ok=True)
    name = supervisor_argv(instance)[0]
    command = [name, "-m", "scripts.stack.launch", SUPERVISOR]
    with (instance.log_dir / "supervisord.out").open("wb") as output:
        child = subprocess.Popen(
            command,
            cwd=instance.root,
            env={**instance.env, MARK: str(instance.run_dir)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    end = time.monotonic() + 15
    while time.monotonic() < end:
        if child.poll() is not None:
            raise StackError(
                f"the supervisor ended at once\n{log_tail(instance.log_dir / 'supervisord.out')}"
            )
        if supervisor_record(instance) and process_states(instance) is not None:
            return
        time.sleep(0.05)
    os.kill(child.pid, 15)
    raise StackError("the supervisor does not answer on its socket")
