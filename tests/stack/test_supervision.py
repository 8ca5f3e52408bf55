"""The process runner itself, on small harmless programs: start, restart, orphans, ports, giving up."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable

import pytest

from scripts.stack import probes
from scripts.stack.control import StackError, start, stop_all, supervisor_record
from scripts.stack.instance import Instance
from scripts.stack.programs import SUPERVISOR, Program
from scripts.stack.records import read_record, read_records
from scripts.stack.supervisor import process_states
from scripts.stack.waiting import wait_healthy

pytestmark = pytest.mark.stack
SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Well(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass

HTTPServer(("127.0.0.1", int(sys.argv[1])), Well).serve_forever()
"""


@pytest.fixture
def runs(free_ports: Callable[[int], list[int]]) -> list[Program]:
    """Two programs that answer HTTP, one of them by the name that is started first."""
    return [
        web_program(name, port)
        for name, port in zip(("redis", "gateway"), free_ports(2), strict=True)
    ]


def web_program(name: str, port: int) -> Program:
    return Program(
        name=name,
        argv=(sys.executable, "-c", SERVER, str(port)),
        healthy=lambda _: answers_at(port),
        port=port,
    )


def answers(program: Program) -> bool:
    return program.port is not None and answers_at(program.port)


def answers_at(port: int) -> bool:
    return probes.http_ok(f"http://127.0.0.1:{port}/")


def pids(instance: Instance) -> dict[str, int]:
    return {
        record.name: record.pid for record in read_records(instance.run_dir) if record.process()
    }


def bring_up(instance: Instance, runs: list[Program]) -> dict[str, int]:
    start(instance, runs)
    wait_healthy(instance, runs, 20, lambda line: None)
    return pids(instance)


def kill_supervisor(instance: Instance) -> None:
    """Kill it and wait until it is gone: a busy system takes its time."""
    os.kill(pids(instance)[SUPERVISOR], signal.SIGKILL)
    end = time.monotonic() + 15
    while SUPERVISOR in pids(instance):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_up_twice_leaves_the_processes_running(instance: Instance, runs: list[Program]) -> None:
    first = bring_up(instance, runs)
    assert sorted(first) == ["gateway", "redis", SUPERVISOR]
    assert bring_up(instance, runs) == first


def test_nothing_starts_before_all_is_prepared(
    instance: Instance, runs: list[Program], leftovers: Callable[[], list[str]]
) -> None:
    start(instance, runs)
    time.sleep(1.5)
    assert not any(answers(program) for program in runs)
    assert sorted(pids(instance)) == ["gateway", "redis", SUPERVISOR]  # known while they wait
    kill_supervisor(instance)
    assert {"gateway", "redis"} <= set(stop_all(instance))
    assert leftovers() == []


def test_killed_process_comes_back_by_itself(instance: Instance, runs: list[Program]) -> None:
    before = bring_up(instance, runs)
    os.kill(before["gateway"], signal.SIGKILL)
    end = time.monotonic() + 15
    while pids(instance).get("gateway", before["gateway"]) == before["gateway"] or not answers(
        runs[1]
    ):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert pids(instance)["redis"] == before["redis"]


def test_killed_supervisor_is_replaced_and_its_orphans_stopped(
    instance: Instance, runs: list[Program], leftovers: Callable[[], list[str]]
) -> None:
    before = bring_up(instance, runs)
    kill_supervisor(instance)
    assert answers(runs[1])  # the orphans still answer, and hold their ports
    after = bring_up(instance, runs)
    assert not set(before.values()) & set(after.values())
    assert len(leftovers()) == 3


def test_down_after_a_killed_supervisor_leaves_nothing(
    instance: Instance, runs: list[Program], leftovers: Callable[[], list[str]]
) -> None:
    bring_up(instance, runs)
    kill_supervisor(instance)
    assert {"gateway", "redis"} <= set(stop_all(instance))
    assert leftovers() == []
    assert stop_all(instance) == []


def test_changed_program_is_started_anew(
    instance: Instance, runs: list[Program], free_ports: Callable[[int], list[int]]
) -> None:
    before = bring_up(instance, runs)
    moved = [runs[0], web_program("gateway", free_ports(1)[0])]
    assert bring_up(instance, moved)["gateway"] != before["gateway"]
    assert answers(moved[1])
    assert not answers(runs[1])


def test_port_of_a_stranger_is_named(instance: Instance, runs: list[Program]) -> None:
    taken = rf"port {runs[1].port} \(gateway\) is taken.*PORT="
    with (
        socket.create_server(("127.0.0.1", runs[1].port or 0)),
        pytest.raises(StackError, match=taken),
    ):
        start(instance, runs)
    assert supervisor_record(instance) is None


def test_program_that_never_answers_is_reported_with_its_log(
    instance: Instance, runs: list[Program]
) -> None:
    code = "import time; print('what went wrong', flush=True); time.sleep(60)"
    mute = Program(name="mute", argv=(sys.executable, "-c", code), healthy=lambda _: False)
    start(instance, [*runs, mute])
    with pytest.raises(StackError, match=r"mute: not healthy after .*(\n.*)*what went wrong"):
        wait_healthy(instance, [*runs, mute], 2, lambda line: None)


def test_nothing_runs_nothing_is_stopped(instance: Instance) -> None:
    assert stop_all(instance) == []
    assert process_states(instance) is None
    assert read_record(instance.run_dir, SUPERVISOR) is None


def test_program_that_ends_again_and_again_is_not_waited_for(
    instance: Instance, runs: list[Program]
) -> None:
    argv = (sys.executable, "-c", "import time; time.sleep(2.5); print('it has ended', flush=True)")
    frail = Program(name="frail", argv=argv, healthy=lambda _: False)
    start(instance, [*runs, frail])
    with pytest.raises(StackError, match=r"frail: ends again and again(\n.*)*it has ended"):
        wait_healthy(instance, [*runs, frail], 60, lambda line: None)
