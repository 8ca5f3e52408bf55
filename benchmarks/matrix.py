"""Messages a second through all processes: both databases, one and two Rasa workers, ours and stock in turns."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median

from sqlalchemy import func, select

from benchmarks.databases import postgres
from benchmarks.figures import Row
from benchmarks.load import Crowd, Load, Side, closed_loop, open_loop
from benchmarks.rig import scratch_settings
from benchmarks.run import Run
from benchmarks.throughput import our_stack, stock_stack
from closer.conversations.tables import inbox
from closer.kit.settings import Settings
from closer.services import Services

LEVELS = (1, 8, 32, 128)
_SHARE_OF_PEAK = 0.7
#: By part: how it is called in the table, whether it is on PostgreSQL, and how many Rasa workers it has.
CELLS = {
    "sqlite": ("SQLite", False, 1),
    "sqlite2": ("SQLite, 2 workers", False, 2),
    "postgres": ("PostgreSQL", True, 1),
    "postgres2": ("PostgreSQL, 2 workers", True, 2),
}


@dataclass
class Talker:
    """A side under load, or why there is none.

    Attributes:
        loads: What came of it, by how many talk at once.
    """

    name: str
    side: Side | None
    absent: str = ""
    crowd: Crowd = field(default_factory=Crowd)
    loads: dict[int, list[Load]] = field(default_factory=dict)

    async def talk(self, level: int, seconds: float) -> None:
        """Load it once, if it runs; a side that breaks down altogether is left alone from then on."""
        if self.side is None:
            return
        try:
            load = await closed_loop(self.side, self.crowd, level, seconds)
        except Exception as error:
            if self.name == "ours":
                raise
            self.side, self.absent = None, f"broke down: {type(error).__name__}"
            return
        self.loads.setdefault(level, []).append(load)

    def rates(self, level: int) -> list[float]:
        """Return messages a second."""
        return [load.rate for load in self.loads.get(level, [])]

    def best(self) -> list[float]:
        """Return the rates of the level that has the highest median."""
        return max((self.rates(level) for level in self.loads), key=median, default=[])

    def failed(self, level: int) -> dict[str, int]:
        """Return failed messages by what came instead."""
        return dict(sum((Counter(load.failed) for load in self.loads.get(level, [])), Counter()))


def measure(run: Run, part: str) -> None:
    """Measure one cell of the matrix."""
    where, on_postgres, workers = CELLS[part]
    with run.results.part(part), ExitStack() as stack:
        url = stack.enter_context(postgres()) if on_postgres else ""
        own = stack.enter_context(scratch_settings(url.format("ours")))
        other = stack.enter_context(scratch_settings(url.format("stock")))
        ours = Talker("ours", stack.enter_context(our_stack(own, workers=workers)))
        try:
            running = stack.enter_context(stock_stack(other, run.stock, workers=workers))
            stock = Talker("stock", running)
        except RuntimeError as error:  # it is no reason to measure nothing
            stock = Talker("stock", None, f"does not start: {str(error).splitlines()[0]}")
        asyncio.run(_levels(run, where, ours, stock))
        open_ones = asyncio.run(unanswered(own))
        row = Row(f"{where}, messages that were never answered", "", [float(open_ones)])
        if open_ones:
            row.failed["ours"] = {"never answered": open_ones}
        run.results.add(row)


async def unanswered(settings: Settings, within_s: float = 60.0) -> int:
    """Wait until all accepted messages are answered; return how many are not."""
    services = Services(settings)
    give_up = time.monotonic() + within_s
    wanted = select(func.count()).select_from(inbox).where(inbox.c.state != "done")
    try:
        while True:
            async with services.db.reading() as connection:
                count = int((await connection.execute(wanted)).scalar_one())
            if not count or time.monotonic() > give_up:
                return count
            await asyncio.sleep(0.5)
    finally:
        await services.close()


async def _levels(run: Run, where: str, ours: Talker, stock: Talker) -> None:
    for talker in (ours, stock):
        await talker.talk(4, 3.0)  # warm-up
        if failed := talker.failed(4):
            run.results.add(Row(f"{where}, warm-up", "", [], failed={talker.name: failed}))
        talker.loads.clear()
    for level in LEVELS:
        for _ in range(run.times(2)):
            for talker in (ours, stock):
                await talker.talk(level, run.seconds)
        run.results.add(_row(f"{where}, {level} at once", level, ours, stock))
    run.results.plot(
        "throughput",
        {
            f"{talker.name}, {where}": {
                level: median(talker.rates(level)) for level in talker.loads
            }
            for talker in (ours, stock)
            if talker.loads
        },
    )
    peak = Row(f"{where}, peak", "messages/s", ours.best(), stock.best(), "4", 4.0, True)
    run.results.add(peak)
    await _at_a_share(run, where, ours)


def _row(name: str, level: int, ours: Talker, stock: Talker) -> Row:
    row = Row(name, "messages/s", ours.rates(level), stock.rates(level))
    for talker in (ours, stock):
        if failed := talker.failed(level):
            row.failed[talker.name] = failed
        if talker.absent:
            row.remarks[talker.name] = talker.absent
    return row


async def _at_a_share(run: Run, where: str, ours: Talker) -> None:
    rate = median(ours.best()) * _SHARE_OF_PEAK
    assert ours.side is not None
    load = await open_loop(ours.side, ours.crowd, rate, 3 * run.seconds)
    name = f"{where}, p95 at {_SHARE_OF_PEAK:.0%} of the peak ({rate:.0f}/s)"
    row = Row(name, "ms", [load.quantile(0.95)], [], "100 ms", 100.0, alone=True)
    if load.failed:
        row.failed["ours"] = load.failed
    run.results.add(row)
