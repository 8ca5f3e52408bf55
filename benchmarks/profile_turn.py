"""Profiles turns of the product's model in process, the actions over HTTP: a budget by stage and the costliest functions.

python -m benchmarks.profile_turn --visits 20 --earlier 20 --top 40
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import os
import pstats
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any

os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from benchmarks.quiet import quiet
from benchmarks.rig import (
    VISIT,
    action_server,
    customers,
    own_model,
    redis_server,
    scratch_settings,
)


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

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Measure a block."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(stage, time.perf_counter() - began)


def watch_stages(agent: Any, chain: Any) -> Watch:
    """Hook a watch into the stages of a turn."""
    watch = Watch()
    processor = agent.processor
    for name, stage in (
        ("parse_message", "parse"),
        ("_predict_next_with_tracker", "predict"),
        ("run_action_extract_slots", "extract slots"),
    ):
        watch.around(processor, name, stage)
    watch.around(processor.tracker_store, "retrieve", "load tracker")
    watch.around(processor.tracker_store, "save", "save tracker")
    watch.around(processor.action_endpoint, "request", "action server")
    for node_name, node in getattr(processor.graph_runner, "_instantiated_nodes", {}).items():
        component = node._component
        if hasattr(component, "predict_action_probabilities"):
            watch.around(node, "_fn", f"  {node_name}")
    for name in ("take", "finish", "announce"):
        watch.around(chain._conversations, name, f"inbox {name}")
    return watch


async def run(arguments: argparse.Namespace, settings: Any) -> None:
    """Play visits and print what they cost."""
    from rasa.core.agent import Agent

    from actions import runtime
    from channels.base import InboundChain
    from closer.conversations.turn import InboundMessage
    from closer.kit.clock import SystemClock
    from closer.services import Services
    from rasa_ext.tracker_store import CloserTrackerStore
    from rasa_ext.wiring import adapt

    services = Services(settings, SystemClock())
    runtime.use_services(services)
    agent = Agent.load(str(own_model()))
    store = CloserTrackerStore(domain=agent.domain, services=services)
    agent.tracker_store = store
    agent.processor.tracker_store = store
    adapt(agent, settings)
    chain = InboundChain(agent, services)
    watch = watch_stages(agent, chain)
    number = 0

    async def say(customer: str, text: str) -> float:
        nonlocal number
        number += 1
        message = InboundMessage(
            message_id=f"p{number}",
            channel="web",
            conversation_id=customer,
            customer_id=customer,
            proven=True,
            text=text,
        )
        began, cpu = time.perf_counter(), time.thread_time()
        await chain.run(message)
        watch.add("whole turn", time.perf_counter() - began)
        watch.add("processor time of the main thread", time.thread_time() - cpu)
        watch.end_turn()
        return (time.perf_counter() - began) * 1000

    people = customers(arguments.visits)
    for person in people[:2]:
        for text in VISIT:
            await say(person, text)
    for person in people:
        for turn in range(arguments.earlier):
            await say(person, VISIT[turn % len(VISIT)])
    watch.forget()
    profile = cProfile.Profile() if arguments.top else None
    for person in people:
        for text in VISIT:
            await say(person, text)
    print_budget(watch)
    if profile is not None:
        profile.enable()
        for person in people:
            for text in VISIT:
                await say(person, text)
        profile.disable()
        pstats.Stats(profile).sort_stats(arguments.sort).print_stats(arguments.top)
    await services.close()


def print_budget(watch: Watch) -> None:
    """Print the stages, the costliest first."""
    turns = len(watch.turns["whole turn"])
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
    arguments = options.parse_args()
    quiet()
    with scratch_settings() as settings, ExitStack() as stack:
        stack.enter_context(redis_server(settings))
        stack.enter_context(action_server(settings))
        asyncio.run(run(arguments, settings))


if __name__ == "__main__":
    main()
