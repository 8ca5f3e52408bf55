"""Speed and size beside stock Rasa 3.6.21 on the same domain, data and actions, interleaved in one run.

    make bench NAME=performance                       # everything; some 25 minutes, plus the stock model's training once
    make bench NAME=performance ARGS="--quick"        # fewer repetitions, no training
    make bench NAME=performance ARGS="--only turn,load"

`--write` puts table and plots into docs/performance.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit, urlunsplit

from benchmarks.figures import Row, keep, plot, table
from benchmarks.quiet import quiet
from benchmarks.rig import VISIT, action_server, own_model, redis_server, scratch_settings
from benchmarks.side import Remote
from benchmarks.stock import StockModel, stock_model, train_stock
from benchmarks.throughput import Crowd, Load, Side, closed_loop, open_loop, our_stack, stock_stack
from scripts.stack.instance import ROOT
from scripts.train import ensure_model

PARTS = ("turn", "load", "parse", "memory", "start", "train", "throughput", "postgres", "workers")
_LENGTHS = (1, 5, 50, 200, 1000)
_SHARE_OF_PEAK = 0.7
_DOC = ROOT / "docs" / "performance.md"
_PLOTS = ROOT / "docs" / "images"
_BEGIN, _END = "<!-- measured -->", "<!-- /measured -->"


@dataclass
class Run:
    """What is measured and what came of it so far."""

    quick: bool
    stock: StockModel
    rows: list[Row] = field(default_factory=list)
    plots: dict[str, dict[str, dict[float, float]]] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Keep and show a row."""
        self.rows.append(row)
        print("  ".join(cell for cell in row.cells() if cell), flush=True)


@contextmanager
def both_sides(run: Run, *kinds: str) -> Iterator[dict[str, Remote]]:
    """Run the sides in processes of their own, each on a seeded shop with its own action server."""
    with ExitStack() as stack:
        sides = {}
        for kind in kinds:
            settings = stack.enter_context(scratch_settings())
            stack.enter_context(redis_server(settings))
            stack.enter_context(action_server(settings))
            model = own_model() if kind == "ours" else run.stock.archive
            sides[kind] = Remote(kind, model, settings)
            stack.callback(sides[kind].close)
        yield sides


def in_process(run: Run, parts: set[str]) -> None:
    """Measure turns, parsing, loading and memory with each model in one process."""
    kinds = ["ours", "stock-memory"]
    if "turn" in parts:
        kinds.append("stock-sql")
    with both_sides(run, *kinds) as sides:
        begun = {kind: side.ask("start") for kind, side in sides.items()}
        if "load" in parts:
            _loads(run, sides, begun)
        if "turn" in parts:
            _turns(run, sides)
        if "parse" in parts:
            _parses(run, sides)
        if "memory" in parts:
            two = sides["ours"].ask("second")
            one = begun["stock-memory"]["memory_mb"]
            run.add(Row("memory, one version", "MB", [begun["ours"]["memory_mb"]], [one]))
            run.add(Row("memory, ours with two, stock with one", "MB", [two], [one], "< 1", 1.0))


def _loads(run: Run, sides: dict[str, Remote], begun: dict[str, dict[str, float]]) -> None:
    first = [begun["ours"]["load_s"]], [begun["stock-memory"]["load_s"]]
    run.add(Row("first load of a model in a process", "s", *first))
    values: dict[str, list[float]] = {"ours": [], "stock-memory": []}
    for _ in range(1 if run.quick else 3):
        for kind, kept in values.items():
            kept.append(sides[kind].ask("load"))
    ours, stock = values["ours"], values["stock-memory"]
    run.add(Row("load of another version", "s", ours, stock, "1/10", 0.1))
    run.add(Row("load of another version, ours", "s", ours, [], "2.5 s", 2.5, alone=True))


def _turns(run: Run, sides: dict[str, Remote]) -> None:
    kinds = ("ours", "stock-memory", "stock-sql")
    times: dict[str, dict[float, list[float]]] = {kind: {} for kind in kinds}
    for number, length in enumerate(_LENGTHS, 1):
        people = dict.fromkeys(kinds, f"cus_{number:05d}")
        for kind in kinds:
            sides[kind].ask("history", person=people[kind], turns=max(0, length - 2))
            times[kind][length] = []
        slow = length > 50
        for _ in range(1 if run.quick and slow else 2 if run.quick else 3 if slow else 8):
            for kind in kinds:
                times[kind][length] += sides[kind].ask("turns", person=people[kind])
    for length in _LENGTHS:
        ours, memory, sql = (times[kind][length] for kind in kinds)
        bound = 1 / 3
        run.add(Row(f"turn {length}, stock in memory", "ms", ours, memory, "1/3", bound))
        run.add(Row(f"turn {length}, stock with SQL store", "ms", ours, sql))
    growth = median(times["ours"][1000]) / median(times["ours"][5])
    run.add(Row("turn 1000 by turn 5, ours", "", [growth], [], "1.15", 1.15, alone=True))
    run.plots["turn"] = {
        kind: {length: median(values) for length, values in times[kind].items()} for kind in kinds
    }


def _parses(run: Run, sides: dict[str, Remote]) -> None:
    texts = list(VISIT) + [f"what about order {4400 + number}, please" for number in range(20)]
    ours: list[float] = []
    stock: list[float] = []
    for _ in range(1 if run.quick else 4):
        texts = [f"{text} {len(ours)}" for text in texts]  # never the same message twice
        ours += sides["ours"].ask("parse", texts=texts)
        stock += sides["stock-memory"].ask("parse", texts=texts)
    run.add(Row("understanding a message", "ms", ours, stock))


def trainings(run: Run) -> None:
    """Train both models anew."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        ensure_model(Path(folder) / "train.log", force=True, say=lambda _: None)
        ours = time.monotonic() - began
        stock = train_stock(Path(folder) / "stock.tar.gz")
    run.add(Row("training (stock with 3 epochs, not 100)", "s", [ours], [stock]))


def through_the_stack(run: Run, parts: set[str]) -> None:
    """Measure messages a second through all processes, on SQLite, on PostgreSQL, with two workers."""
    if "throughput" in parts or "start" in parts:
        levels = (1, 8, 32, 128) if "throughput" in parts else ()
        _on(run, "SQLite", levels, parts)
    if "postgres" in parts:
        with postgres() as url:
            _on(
                run, "PostgreSQL", (32,), parts, databases=(url.format("ours"), url.format("stock"))
            )
    if "workers" in parts:
        with postgres() as url:
            databases = (url.format("ours"), url.format("stock"))
            _on(run, "PostgreSQL, 2 workers", (32,), parts, databases=databases, workers=2)


def _on(
    run: Run,
    where: str,
    levels: tuple[int, ...],
    parts: set[str],
    *,
    databases: tuple[str, str] = ("", ""),
    workers: int = 1,
) -> None:
    with ExitStack() as stack:
        our_settings = stack.enter_context(scratch_settings(databases[0]))
        stock_settings = stack.enter_context(scratch_settings(databases[1]))
        ours = stack.enter_context(our_stack(our_settings, workers=workers))
        stock = stack.enter_context(stock_stack(stock_settings, run.stock, workers=workers))
        if "start" in parts and workers == 1 and not databases[0]:
            times = [ours.ready_s["rasa"]], [stock.ready_s["rasa"]]
            run.add(Row("start of the Rasa server", "s", *times))
        if levels:
            asyncio.run(_levels(run, where, levels, ours, stock))


async def _levels(run: Run, where: str, levels: tuple[int, ...], ours: Side, stock: Side) -> None:
    seconds = 5.0 if run.quick else 8.0
    crowds = {side.name: Crowd() for side in (ours, stock)}
    loads: dict[str, dict[int, list[Load]]] = {"ours": {}, "stock": {}}
    for side in (ours, stock):
        await closed_loop(side, crowds[side.name], 4, 3.0)
    for level in levels:
        for _ in range(1 if run.quick else 3):
            for side in (ours, stock):
                load = await closed_loop(side, crowds[side.name], level, seconds)
                loads[side.name].setdefault(level, []).append(load)
    best = {name: [load.rate for load in _best(by_level)] for name, by_level in loads.items()}
    for level in levels:
        rates = ([load.rate for load in loads[name][level]] for name in ("ours", "stock"))
        run.add(Row(f"{where}, {level} at once", "messages/s", *rates))
        failed = {
            name: [load.failed for load in loads[name][level] if load.failed] for name in loads
        }
        if any(failed.values()):
            print(f"  failed: {failed}", flush=True)
    run.add(Row(f"{where}, peak", "messages/s", best["ours"], best["stock"], "4", 4.0, True))
    rate = median(best["ours"]) * _SHARE_OF_PEAK
    open_load = await open_loop(ours, crowds["ours"], rate, 10.0 if run.quick else 30.0)
    p95 = [open_load.quantile(0.95)]
    name = f"{where}, p95 at 70 % of the peak ({rate:.0f}/s)"
    run.add(Row(name, "ms", p95, [], "100 ms", 100.0, alone=True))
    if open_load.failed:
        print(f"  failed: {open_load.failed}", flush=True)
    if len(levels) > 1:
        run.plots["throughput"] = {
            name: {level: median(load.rate for load in found) for level, found in by.items()}
            for name, by in loads.items()
        }


def _best(by_level: dict[int, list[Load]]) -> list[Load]:
    return max(by_level.values(), key=lambda loads: median(load.rate for load in loads))


@contextmanager
def postgres() -> Iterator[str]:
    """Run a PostgreSQL server with the databases `ours` and `stock`; give their address with a gap for the name."""
    import asyncpg
    import pgserver

    with tempfile.TemporaryDirectory(prefix="closer-bench-pg-") as folder:
        server = pgserver.get_server(folder, cleanup_mode="delete")
        uri = str(server.get_uri())

        async def create() -> None:
            connection = await asyncpg.connect(uri)
            for name in ("ours", "stock"):
                await connection.execute(f"CREATE DATABASE {name}")
            await connection.close()

        asyncio.run(create())
        address = urlsplit(uri)
        yield urlunsplit(address._replace(path="/{}"))
        server.cleanup()


def write(run: Run, note: str) -> None:
    """Put the table and the plots into the documentation."""
    pictures = []
    titles = {
        "turn": ("A turn by the length of its conversation", "turn", "ms"),
        "throughput": ("Messages a second, SQLite", "conversations at once", "messages/s"),
    }
    for name, lines in run.plots.items():
        title, across, up = titles[name]
        plot(_PLOTS / f"performance-{name}.svg", title, across, up, lines)
        pictures.append(f"![{title}](images/performance-{name}.svg)")
    block = "\n\n".join([_BEGIN, note, table(run.rows), *pictures, _END])
    text = _DOC.read_text("utf-8")
    _DOC.write_text(re.sub(f"{_BEGIN}.*{_END}", lambda _: block, text, flags=re.S), "utf-8")


def main() -> None:
    """Run what the options ask for."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--only", default=",".join(PARTS), help=f"of {','.join(PARTS)}")
    options.add_argument("--quick", action="store_true", help="fewer repetitions, no training")
    options.add_argument("--write", action="store_true", help="put it into docs/performance.md")
    chosen = options.parse_args()
    parts = set(chosen.only.split(","))
    if unknown := parts - set(PARTS):
        options.error(f"no such part: {', '.join(sorted(unknown))}")
    if chosen.quick:
        parts.discard("train")
    quiet()
    run = Run(chosen.quick, stock_model(accept_older=chosen.quick))
    if parts & {"turn", "load", "parse", "memory"}:
        in_process(run, parts)
    if parts & {"throughput", "postgres", "workers", "start"}:
        through_the_stack(run, parts)
    if "train" in parts:
        trainings(run)
    data = "the same data" if run.stock.exact else "an earlier state of the data"
    note = (
        f"Measured on {date.today():%d %B %Y}, {os.cpu_count()} cores, {platform.machine()}; "
        f"stock trained on {data}. Median and, in brackets, range."
    )
    print(f"\n{note}\n\n{table(run.rows)}")
    keep(run.rows, ROOT / "var" / "benchmarks" / "performance.json")
    if chosen.write:
        write(run, note)
    if any(row.verdict == "missed" for row in run.rows):
        print("some targets were missed", file=sys.stderr)


if __name__ == "__main__":
    main()
