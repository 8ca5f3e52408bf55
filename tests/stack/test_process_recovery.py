"""The whole product as its user starts it: beside another instance, and through the death of each process."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from scripts.stack import probes
from scripts.stack.instance import Instance
from scripts.stack.records import read_record, read_records
from tests.fakes.instances import bring_up, run_stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(280)]
KILLED_IN_TURN = (
    "gateway",
    "rasa",
    "actions",
    "worker",
    "delivery",
    "scheduler",
    "simulator",
    "redis",
    "supervisord",
)


def pids(instance: Instance) -> dict[str, int]:
    return {
        record.name: record.pid for record in read_records(instance.run_dir) if record.process()
    }


def assert_all_well(instance: Instance) -> None:
    url = f"http://127.0.0.1:{instance.settings.port}/health/ready"
    with urllib.request.urlopen(url, timeout=10) as answer:
        ready = json.load(answer)
    assert answer.status == 200, ready
    assert sorted(pids(instance)) == sorted(KILLED_IN_TURN)


@pytest.fixture
def running(instance: Instance) -> Iterator[Instance]:
    """The product, up."""
    bring_up(instance)
    yield instance
    run_stack(instance, "down")


def test_product_survives_the_death_of_each_process(
    running: Instance, leftovers: Callable[[], list[str]]
) -> None:
    assert_all_well(running)
    assert run_stack(running, "status").returncode == 0
    for name in KILLED_IN_TURN:
        record = read_record(running.run_dir, name)
        assert record is not None
        process = record.process()
        assert process is not None, f"{name} was not running"
        os.kill(process.pid, signal.SIGKILL)
        bring_up(running)
        assert pids(running)[name] != record.pid
        assert_all_well(running)
    assert run_stack(running, "down").returncode == 0
    assert leftovers() == []
    assert not probes.http_ok(f"http://127.0.0.1:{running.settings.port}/health/live")
    assert run_stack(running, "status").returncode == 1
