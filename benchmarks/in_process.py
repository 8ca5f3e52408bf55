"""Turns, understanding and loading of both sides, each in a process of its own (`benchmarks.side`), taking turns."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from benchmarks.figures import Row
from benchmarks.rig import VISIT, action_server, own_model, redis_server, scratch_settings
from benchmarks.run import Run
from benchmarks.side import MEASURED, Remote

PARTS = ("turn", "load", "parse")
_LENGTHS = (1, 5, 50, 200, 1000)
_LONG = 50
_MEMORY, _SQL = "stock-memory", "stock-sql"


def measure(run: Run, parts: set[str]) -> None:
    """Measure these parts."""
    mine = [name for name in PARTS if name in parts]
    with run.results.part(*mine), _sides(run, sql="turn" in parts) as sides:
        begun = {kind: side.ask("start") for kind, side in sides.items()}
        if "load" in parts:
            with run.results.part("load"):
                first = {kind: [done["load_s"]] for kind, done in begun.items()}
                _loads(run, sides, first)
        if "turn" in parts:
            with run.results.part("turn"):
                _turns(run, sides)
        if "parse" in parts:
            with run.results.part("parse"):
                _parses(run, sides)


@contextmanager
def _sides(run: Run, *, sql: bool) -> Iterator[dict[str, Remote]]:
    """Run the sides, each on a seeded shop with its own action server; one after the other, so that first loads are alone."""
    with ExitStack() as stack:
        sides = {}
        for kind in ("ours", _MEMORY, *([_SQL] if sql else [])):
            settings = stack.enter_context(scratch_settings())
            stack.enter_context(redis_server(settings))
            stack.enter_context(action_server(settings))
            model = own_model() if kind == "ours" else run.stock.archive
            sides[kind] = Remote(kind, model, settings)
            stack.callback(sides[kind].close)
            sides[kind].ask("ready")
        yield sides


def _loads(run: Run, sides: dict[str, Remote], first: dict[str, list[float]]) -> None:
    add = run.results.add
    add(Row("first load of a model in a process", "s", first["ours"], first[_MEMORY]))
    found: dict[str, list[dict[str, float]]] = {"ours": [], _MEMORY: []}
    for _ in range(run.times(3)):
        for kind, kept in found.items():
            kept.append(sides[kind].ask("load"))
    ours, stock = ([each["whole"] for each in found[kind]] for kind in ("ours", _MEMORY))
    name = "load of another version (ours with inspection and gate)"
    add(Row(name, "s", ours, stock, "1/10", 0.1))
    add(Row("the same, ours alone", "s", ours, [], "2.5 s", 2.5, alone=True))
    for part, what in (
        ("inspect", "of it: digest and inspection of the archive"),
        ("load", "of it: loading"),
        ("gate", "of it: gate, which warms up"),
    ):
        add(Row(what, "s", [each[part] for each in found["ours"]]))


def _turns(run: Run, sides: dict[str, Remote]) -> None:
    kinds = ("ours", _MEMORY, _SQL)
    people = (f"new_{number:05d}" for number in itertools.count(1))
    times: dict[str, dict[float, list[float]]] = {kind: {} for kind in kinds}
    for length in _LENGTHS:
        for _ in range(run.times(3 if length > _LONG else 6)):
            for kind in kinds:
                taken = times[kind].setdefault(length, [])
                if length == 1:
                    taken += sides[kind].ask("firsts", people=[next(people) for _ in MEASURED])
                else:
                    taken += sides[kind].ask("turns", person=next(people), length=length)
        ours, memory, sql = (times[kind][length] for kind in kinds)
        name = f"turns {length} to {length + len(MEASURED) - 1}" if length > 1 else "turn 1"
        run.results.add(Row(f"{name}, stock in memory", "ms", ours, memory, "1/3", 1 / 3))
        run.results.add(Row(f"{name}, stock with SQL store", "ms", ours, sql))
    growth = median(times["ours"][1000]) / median(times["ours"][5])
    run.results.add(Row("turn 1000 by turn 5, ours", "", [growth], [], "1.15", 1.15, alone=True))
    run.results.plot(
        "turn",
        {kind: {n: median(values) for n, values in times[kind].items()} for kind in kinds},
    )
    wishes: dict[str, list[float]] = {kind: [] for kind in ("ours", _MEMORY)}
    for _ in range(run.times(12)):
        for kind in wishes:
            wishes[kind] += sides[kind].ask("wishes", person=next(people))
    run.results.add(
        Row("turn with two wishes, stock in memory", "ms", wishes["ours"], wishes[_MEMORY])
    )


def _parses(run: Run, sides: dict[str, Remote]) -> None:
    texts = list(VISIT) + [f"what about order {4400 + number}, please" for number in range(20)]
    ours: list[float] = []
    stock: list[float] = []
    for _ in range(run.times(4)):
        texts = [f"{text} {len(ours)}" for text in texts]  # never the same message twice
        ours += sides["ours"].ask("parse", texts=texts)
        stock += sides[_MEMORY].ask("parse", texts=texts)
    run.results.add(Row("understanding a message", "ms", ours, stock))
