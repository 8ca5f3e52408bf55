"""Instances of their own for tests that start real processes: own ports, own data folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from scripts.stack.instance import Instance
from scripts.stack.records import MARK
from tests.fakes.instances import free_ports, new_instance


@pytest.fixture(name="free_ports")
def _free_ports() -> Callable[[int], list[int]]:
    """A source of free ports."""
    return free_ports


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """An installation beside whatever else runs here; nothing of it is left after the test."""
    with new_instance(tmp_path) as made:
        yield made


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
