"""What the parts of a comparison found, in a file that is written with every row.

An interrupted run keeps what it has; several runs, each with some of the parts, fill one table. A part that is measured
again replaces what it had, from its first row on.
"""

from __future__ import annotations

import json
import os
import platform
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.figures import Row

Lines = dict[str, dict[float, float]]


@dataclass
class Part:
    """What a part found.

    Attributes:
        measured: The day.
        rows: Its rows of the table.
        plots: By plot: lines by name, values by place.
        died: Why it ended early; empty if it did not.
        older_stock: Whether stock's model was made from an earlier state of the data.
    """

    measured: str
    rows: list[Row] = field(default_factory=list)
    plots: dict[str, Lines] = field(default_factory=dict)
    died: str = ""
    older_stock: bool = False

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Part:
        """Return what was kept."""
        plots = {
            plot: {
                line: {float(place): value for place, value in points.items()}
                for line, points in lines.items()
            }
            for plot, lines in kept["plots"].items()
        }
        rows = [Row(**row) for row in kept["rows"]]
        return cls(kept["measured"], rows, plots, kept["died"], kept["older_stock"])


class Results:
    """The parts' findings.

    Args:
        path: Their file; what it holds already is kept.

    Attributes:
        parts: By name.
        touched: The parts of this run.
        older_stock: Whether this run's stock model was made from an earlier state of the data.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self.parts: dict[str, Part] = {name: Part.of(part) for name, part in kept.items()}
        self.touched: list[str] = []
        self.older_stock = False
        self._name = ""
        self._begun: set[str] = set()

    @contextmanager
    def part(self, *names: str) -> Iterator[None]:
        """Measure parts; if they die, that is kept and told, and the run goes on."""
        self._name = names[0]
        self.touched += [name for name in names if name not in self.touched]
        print(f"-- {', '.join(names)}", flush=True)
        try:
            yield
        except KeyboardInterrupt:
            if self._name in self._begun:
                self._end_early(self._name, "interrupted")
            raise
        except Exception as error:
            traceback.print_exc()
            for name in names:
                self._end_early(name, f"{type(error).__name__}: {error}".splitlines()[0][:200])

    def add(self, row: Row) -> None:
        """Keep and show a row of the present part."""
        part = self._fresh(self._name)
        part.rows.append(row)
        part.older_stock = self.older_stock
        self._save()
        print("  ".join(cell for cell in row.cells() if cell), flush=True)

    def plot(self, name: str, lines: Lines) -> None:
        """Keep the lines of a plot; several parts may add to one."""
        self._fresh(self._name).plots[name] = lines
        self._save()

    def rows(self, order: Sequence[str]) -> list[Row]:
        """Return all rows, part by part."""
        return [row for name in order if name in self.parts for row in self.parts[name].rows]

    def plots(self, order: Sequence[str]) -> dict[str, Lines]:
        """Return all plots with the lines of all parts."""
        found: dict[str, Lines] = {}
        for name in order:
            for plot, lines in (self.parts[name].plots if name in self.parts else {}).items():
                found.setdefault(plot, {}).update(lines)
        return found

    def note(self, order: Sequence[str]) -> str:
        """Say when and where it was measured, and what is not there."""
        days = sorted({self.parts[name].measured for name in order if name in self.parts})
        said = [
            f"Measured on {' and '.join(days) or 'no day'}, {os.cpu_count()} cores, {platform.machine()}."
            " Median and, in brackets, range."
        ]
        said += [
            f"The part `{name}` ended early: {self.parts[name].died}."
            for name in order
            if name in self.parts and self.parts[name].died
        ]
        if older := [f"`{n}`" for n in order if n in self.parts and self.parts[n].older_stock]:
            said.append(f"Stock's model is of an earlier state of the data in {', '.join(older)}.")
        if absent := [f"`{name}`" for name in order if name not in self.parts]:
            said.append(f"Not measured yet: {', '.join(absent)}.")
        return " ".join(said)

    def verdict(self) -> int:
        """Tell of missed targets, lost messages and dead parts of this run; return its exit code: 1 for the latter two."""
        mine = {name: self.parts[name] for name in self.touched if name in self.parts}
        rows = [row for part in mine.values() for row in part.rows]
        missed = [row for row in rows if row.verdict == "missed"]
        lost = [row for row in rows if row.lost]
        dead = {name: part.died for name, part in mine.items() if part.died}
        for row in missed:
            print(f"missed: {'  '.join(cell for cell in row.cells()[:5] if cell)}")
        for row in lost:
            print(f"lost messages: {row.name}: {row.failed['ours']}")
        for name, reason in dead.items():
            print(f"died: {name}: {reason}")
        if rows and not (missed or lost or dead):
            print("all targets met, nothing lost")
        return 1 if lost or dead else 0

    def _end_early(self, name: str, reason: str) -> None:
        self._fresh(name).died = reason
        self._save()

    def _fresh(self, name: str) -> Part:
        """Return a part of this run, emptied of what an earlier one found."""
        part = self.parts.get(name)
        if part is None or name not in self._begun:
            part = self.parts[name] = Part(f"{date.today():%d %B %Y}")
            self._begun.add(name)
        return part

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        scratch = self._path.with_suffix(".tmp")
        kept = {name: asdict(part) for name, part in self.parts.items()}
        scratch.write_text(json.dumps(kept, indent=1), "utf-8")
        scratch.replace(self._path)
