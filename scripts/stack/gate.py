"""Holds programs back until what they need is prepared, and lets them in a few at a time.

All of them at once would take the processors from the slowest one, which decides when everything is there.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

_POLL_SECONDS = 0.05


def close_gates(run_dir: Path) -> None:
    """Hold whatever is started from now on."""
    shutil.rmtree(_folder(run_dir), ignore_errors=True)


def open_gate(run_dir: Path, name: str) -> None:
    """Let a program go on, now and whenever it is started anew."""
    _folder(run_dir).mkdir(mode=0o700, exist_ok=True)
    (_folder(run_dir) / name).touch(mode=0o600)


def is_open(run_dir: Path, name: str) -> bool:
    """Tell whether a program may go on."""
    return (_folder(run_dir) / name).exists()


def wait_open(run_dir: Path, name: str) -> None:
    """Return when the program may go on; without limit, for a first training takes its time."""
    while not is_open(run_dir, name):
        time.sleep(_POLL_SECONDS)


def _folder(run_dir: Path) -> Path:
    return run_dir / "gates"
