"""Speed and size beside stock Rasa 3.6.21 on the same domain, data and actions, interleaved in one run.

    make bench NAME=performance                       # everything; some 40 minutes, plus the stock model's training once
    make bench NAME=performance ARGS="--quick"        # fewer repetitions, no training
    make bench NAME=performance ARGS="--only turn,load"

Each part can be run by itself. Rows are shown and kept as they come, in a file (`--results`) that further runs add to; `--write`
puts all that it holds into docs/performance.md. Lost messages and parts that died make the run fail, missed targets do not.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

from benchmarks import budget, in_process, matrix, server, swap, training
from benchmarks.quiet import quiet
from benchmarks.report import write
from benchmarks.results import Results
from benchmarks.run import Run
from scripts.stack.instance import ROOT

#: In the order of the table.
PARTS = (*in_process.PARTS, "budget", "server", "swap", *matrix.CELLS, "train")
_ALIASES = {"throughput": tuple(matrix.CELLS), "start": ("server",), "memory": ("server",)}
_ALONE: dict[str, Callable[[Run], None]] = {
    "budget": budget.measure,
    "server": server.measure,
    "swap": swap.part,
    **{name: partial(matrix.measure, part=name) for name in matrix.CELLS},
    "train": training.measure,
}
_DOC = ROOT / "docs" / "performance.md"
_KEPT = ROOT / "var" / "benchmarks"


def chosen_parts(words: str) -> set[str]:
    """Return the parts that an option names.

    Raises:
        ValueError: if it names one that there is not.
    """
    parts: set[str] = set()
    for word in filter(None, words.split(",")):
        parts.update(_ALIASES.get(word, (word,)))
    if unknown := parts - set(PARTS):
        raise ValueError(f"no such part: {', '.join(sorted(unknown))}")
    return parts


def measure(run: Run, parts: set[str]) -> None:
    """Measure these parts, one after the other."""
    if parts & set(in_process.PARTS):
        in_process.measure(run, parts)
    for name, part in _ALONE.items():
        if name in parts:
            part(run)


def main() -> int:
    """Run what the options ask for."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument(
        "--only", default=",".join(PARTS), help=f"of {','.join((*PARTS, *_ALIASES))}; empty: none"
    )
    options.add_argument("--quick", action="store_true", help="fewer repetitions, no training")
    options.add_argument(
        "--seconds", type=float, help="of each load on the whole stack; 5, or 2 if quick"
    )
    options.add_argument(
        "--results", type=Path, default=_KEPT / "performance.json", help="where findings are kept"
    )
    options.add_argument("--write", action="store_true", help="put it into docs/performance.md")
    options.add_argument(
        "--webhooks",
        type=Path,
        default=_KEPT / "webhooks.json",
        help="what benchmarks.webhooks printed",
    )
    options.add_argument(
        "--kills",
        type=Path,
        default=_KEPT / "kills.txt",
        help="what the test of kills under load printed",
    )
    chosen = options.parse_args()
    try:
        parts = chosen_parts(chosen.only)
    except ValueError as error:
        options.error(str(error))
    if chosen.quick:
        parts.discard("train")
    quiet()
    signal.signal(signal.SIGTERM, _stopped)
    run = Run(
        Results(chosen.results), chosen.quick, chosen.seconds or (2.0 if chosen.quick else 5.0)
    )
    try:
        measure(run, parts)
    except KeyboardInterrupt:
        print("interrupted; what was measured is kept", file=sys.stderr)
        run.results.verdict()
        return 130
    if chosen.write:
        counts = {"Text messages under load": chosen.webhooks, "Kills under load": chosen.kills}
        write(_DOC, run.results, PARTS, counts)
    return run.results.verdict()


def _stopped(number: int, frame: FrameType | None) -> None:
    """End as after Ctrl-C: the processes of the part are stopped, what was found is kept."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
