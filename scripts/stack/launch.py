"""Becomes one of the programs after writing its pid record: `python -m scripts.stack.launch <name>`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psutil

from scripts.stack.gate import wait_open
from scripts.stack.records import MARK, write_own_record

PLAN = "programs.json"


def main() -> None:
    """Look the program up in the plan, leave a record, and replace this process with it when all is prepared."""
    name = sys.argv[1]
    run_dir = Path(os.environ[MARK])
    entry = json.loads((run_dir / PLAN).read_text("utf-8"))[name]
    if entry["held"]:
        write_own_record(run_dir, name, psutil.Process().cmdline())  # to be found while it waits
        wait_open(run_dir, name)
    write_own_record(run_dir, name, entry["argv"])
    os.execve(entry["argv"][0], entry["argv"], {**os.environ, **entry["env"]})  # noqa: S606


if __name__ == "__main__":
    main()
