"""`python -m scripts.stack run | up | down | status`: see `make help`."""

from __future__ import annotations

import argparse
import signal
import sys
from types import FrameType

from scripts.stack.commands import down, run, status, up
from scripts.stack.control import StackError
from scripts.stack.instance import load_instance


def main() -> int:
    """Carry out one command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.stack", description="The product's processes."
    )
    parser.add_argument("command", choices=("run", "up", "down", "status"))
    parser.add_argument(
        "--timeout", type=float, default=180, help="seconds until all must be healthy"
    )
    arguments = parser.parse_args()
    # The first one, too, because a shell starts background jobs with it ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    instance = load_instance()
    try:
        if arguments.command == "run":
            return run(instance, arguments.timeout)
        if arguments.command == "up":
            return up(instance, arguments.timeout)
        return down(instance) if arguments.command == "down" else status(instance)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
