"""Profiles turns of the product's model in process, the actions over HTTP: a budget by stage and the costliest functions.

    python -m benchmarks.profile_turn --visits 20 --earlier 20 --top 40

The stages of `STAGES` follow one another, so that with the rest they add up to the whole turn; what is indented is a part of
another. What the gateway adds is measured by `benchmarks.budget`.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import itertools
import json
import os
import pstats
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from benchmarks.quiet import quiet
from benchmarks.rig import (
    VISIT,
    action_server,
    as_typed,
    customers,
    own_model,
    redis_server,
    scratch_settings,
)
from benchmarks.side import Ours

#: One after the other; together with the rest they are the turn.
STAGES = ("inbox", "lock", "load", "parse", "policies", "slots", "actions", "commit", "announce")
WHOLE, REST = "whole turn", "rest"


class Watch:
    """Sums the time spent in chosen methods, turn by turn."""

    def __init__(self) -> None:
        self.turns: dict[str, list[float]] = defaultdict(list)
        self._now: dict[str, float] = defaultdict(float)
        self._calls: dict[str, int] = defaultdict(int)
        self.calls: dict[str, int] = defaultdict(int)

    def add(self, stage: str, seconds: float) -> None:
        """Count a call."""
        self._now[stage] += seconds * 1000
        self._calls[stage] += 1

    def end_turn(self) -> None:
        """Close a turn."""
        for stage, value in self._now.items():
            self.turns[stage].append(value)
            self.calls[stage] += self._calls[stage]
        self._now.clear()
        self._calls.clear()

    def forget(self) -> None:
        """Drop what was measured so far."""
        for store in (self.turns, self._now, self._calls, self.calls):
            store.clear()

    def around(self, holder: Any, name: str, stage: str) -> None:
        """Measure a method of an object or class from now on."""
        inner = getattr(holder, name)
        if asyncio.iscoroutinefunction(inner):

            async def measured_async(*args: Any, **kwargs: Any) -> Any:
                with self.measure(stage):
                    return await inner(*args, **kwargs)

            setattr(holder, name, measured_async)
            return

        def measured(*args: Any, **kwargs: Any) -> Any:
            with self.measure(stage):
                return inner(*args, **kwargs)

        setattr(holder, name, measured)

    def around_entry(self, holder: Any, name: str, stage: str) -> None:
        """Measure how long it takes to get into an asynchronous block of an object from now on."""
        inner = getattr(holder, name)

        @asynccontextmanager
        async def measured(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            async with AsyncExitStack() as held:
                with self.measure(stage):
                    entered = await held.enter_async_context(inner(*args, **kwargs))
                yield entered

        setattr(holder, name, measured)

    def end_whole(self, seconds: float) -> None:
        """Close a turn that took so long; what no stage accounts for is the rest."""
        self.add(WHOLE, seconds)
        self.add(REST, seconds - sum(self._now.get(stage, 0.0) for stage in STAGES) / 1000)
        self.end_turn()

    def means(self) -> dict[str, float]:
        """Return the mean milliseconds of each stage in a turn, also of turns that did not have it."""
        turns = max(1, len(self.turns[WHOLE]))
        return {stage: sum(values) / turns for stage, values in self.turns.items()}

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Measure a block."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(stage, time.perf_counter() - began)


def watch_stages(agent: Any, chain: Any) -> Watch:
    """Hook a watch into the stages of a turn; `commit` is told by the turn's own result."""
    watch = Watch()
    processor = agent.processor
    watch.around(chain._conversations, "take", "inbox")
    watch.around_entry(agent.lock_store, "lock", "lock")
    watch.around(chain._runner._agents, "begin", "load")
    for name, stage in (
        ("parse_message", "parse"),
        ("_predict_next_with_tracker", "policies"),
        ("run_action_extract_slots", "slots"),
        ("_run_action", "actions"),
    ):
        watch.around(processor, name, stage)
    watch.around(chain._conversations, "announce", "announce")
    watch.around(processor.action_endpoint, "request", "  calls of the action server")
    watch.around(processor.tracker_store, "retrieve", "  read of the tracker")
    watch.around(processor.tracker_store, "save", "  save of the tracker")
    watch.around(chain._conversations, "finish", "  inbox finish")
    watch_policies(watch, processor.graph_runner)
    return watch


def watch_policies(watch: Watch, runner: Any) -> None:
    """Hook a watch into each policy of a loaded graph."""
    for name, node in runner._nodes.items():
        if hasattr(node._component, "predict_action_probabilities"):
            watch.around(node, "_fn", f"  {name}")


async def run(arguments: argparse.Namespace, settings: Any) -> None:
    """Play visits and print what they cost."""
    side = Ours(own_model(), settings)
    watch = watch_stages(side.agent, side.chain)
    chance = random.Random(3)
    numbers = itertools.count()

    async def say(customer: str, text: str) -> None:
        text = as_typed(text, chance)
        began, cpu = time.perf_counter(), time.thread_time()
        result = await side.turn(customer, text, f"p{next(numbers)}")
        seconds = time.perf_counter() - began
        watch.add("commit", result.stages_ms["commit"] / 1000)
        watch.add("  processor time of the main thread", time.thread_time() - cpu)
        watch.end_whole(seconds)

    people = customers(arguments.visits)
    for person in people:
        for turn in range(arguments.earlier):
            await say(person, VISIT[turn % len(VISIT)])
    watch.forget()
    for person in people:
        for text in VISIT:
            await say(person, text)
    print_budget(watch)
    if arguments.json:
        arguments.json.write_text(json.dumps(watch.means()), "utf-8")
    if arguments.top:
        profile = cProfile.Profile()
        profile.enable()
        for person in people:
            for text in VISIT:
                await say(person, text)
        profile.disable()
        pstats.Stats(profile).sort_stats(arguments.sort).print_stats(arguments.top)
    await side.services.close()


def print_budget(watch: Watch) -> None:
    """Print the stages, the costliest first."""
    turns = len(watch.turns[WHOLE])
    print(f"{'stage':44s} {'mean ms':>8s} {'median':>8s} {'calls/turn':>10s}")
    rows = sorted(watch.turns.items(), key=lambda row: -sum(row[1]))
    for stage, values in rows:
        calls = watch.calls[stage] / turns
        print(f"{stage:44s} {sum(values) / turns:8.2f} {median(values):8.2f} {calls:10.2f}")


def main() -> None:
    """Run what the options ask for."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--visits", type=int, default=10, help="conversations")
    options.add_argument("--earlier", type=int, default=10, help="turns that each has had before")
    options.add_argument("--top", type=int, default=0, help="lines of the function profile")
    options.add_argument("--sort", default="tottime", help="cumtime or tottime")
    options.add_argument("--json", type=Path, help="write the means to this file")
    arguments = options.parse_args()
    quiet()
    with scratch_settings() as settings, ExitStack() as stack:
        stack.enter_context(redis_server(settings))
        stack.enter_context(action_server(settings))
        asyncio.run(run(arguments, settings))


if __name__ == "__main__":
    main()
