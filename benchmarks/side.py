"""One side of a comparison in a process of its own: loads a model and runs turns in process, as told by JSON lines.

Started by `benchmarks.performance`. The actions are called over HTTP on both sides. Our side runs the whole inbound chain
(inbox, lock on Redis, tracker, one transaction); stock runs `Agent.handle_message` with the tracker store that is asked for.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Protocol

from benchmarks.quiet import quiet
from benchmarks.rig import VISIT, as_typed, environment
from closer.kit.settings import Settings, load_settings
from scripts.stack.instance import ROOT

#: What is measured: a greeting, a task with a question in between, given up, facts, thanks.
MEASURED = (
    "hello there",
    "where is my order",
    "which payment methods do you take?",
    "never mind",
    "what delivery options do you have",
    "thanks a lot",
)


class Remote:
    """A side in another process.

    Args:
        kind: `ours`, `stock-memory` or `stock-sql`.
        model: Its model.
        settings: Of the seeded shop whose actions it calls.
    """

    def __init__(self, kind: str, model: Path, settings: Settings) -> None:
        self.kind = kind
        log = (settings.data_dir / f"side-{kind}.log").open("ab")
        self._child = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.side", kind, str(model)],
            cwd=ROOT,
            env=environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )

    def ask(self, do: str, **values: Any) -> Any:
        """Have something done and return its outcome.

        Raises:
            RuntimeError: if the process died.
        """
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps({"do": do, **values}) + "\n")
        self._child.stdin.flush()
        while line := self._child.stdout.readline():
            if line.startswith("=> "):
                return json.loads(line[3:])
        raise RuntimeError(f"the process of {self.kind} died; see its log")

    def close(self) -> None:
        """End the process."""
        if self._child.stdin is not None:
            self._child.stdin.close()
        try:
            self._child.wait(15)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(5)


class _Runner(Protocol):
    agent: Any

    async def say(self, conversation: str, text: str, message_id: str) -> int: ...


class Ours:
    """The product's chain on the product's model."""

    def __init__(self, model: Path, settings: Settings) -> None:
        from rasa.core.agent import Agent

        from channels.base import InboundChain
        from closer.kit.clock import SystemClock
        from closer.services import Services
        from rasa_ext.lock_store import RedisTicketLockStore
        from rasa_ext.tracker_store import CloserTrackerStore
        from rasa_ext.wiring import adapt

        services = Services(settings, SystemClock())
        locks = RedisTicketLockStore(settings=settings)
        self.agent = Agent.load(str(model), lock_store=locks)
        store = CloserTrackerStore(domain=self.agent.domain, services=services)
        self.agent.tracker_store = self.agent.processor.tracker_store = store
        adapt(self.agent, settings)
        self._chain = InboundChain(self.agent, services)

    async def say(self, conversation: str, text: str, message_id: str) -> int:
        """Run a turn; return how many replies came."""
        from closer.conversations.turn import InboundMessage

        message = InboundMessage(
            message_id=message_id,
            channel="web",
            conversation_id=conversation,
            customer_id=conversation,
            proven=True,
            text=text,
        )
        return len((await self._chain.run(message)).replies)


class Stock:
    """Rasa as it comes, with its own store."""

    def __init__(self, model: Path, settings: Settings, store: str) -> None:
        from rasa.core.agent import Agent
        from rasa.core.tracker_store import InMemoryTrackerStore, SQLTrackerStore
        from rasa.shared.core.domain import Domain
        from rasa.utils.endpoints import EndpointConfig

        endpoint = EndpointConfig(f"{settings.actions_url}/webhook")
        empty = Domain.empty()
        kept: Any = InMemoryTrackerStore(empty)
        if store == "sql":
            kept = SQLTrackerStore(empty, db=str(settings.data_dir / "side-stock.db"))
        self.agent = Agent.load(str(model), action_endpoint=endpoint, tracker_store=kept)

    async def say(self, conversation: str, text: str, message_id: str) -> int:
        """Run a turn; return how many replies came."""
        from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

        output = CollectingOutputChannel()
        metadata = {"customer_id": conversation, "proven": True, "channel": "web"}
        message = UserMessage(text, output, conversation, input_channel="rest", metadata=metadata)
        await self.agent.handle_message(message)
        return len(output.messages)


class Served:
    """What can be asked of a side."""

    def __init__(self, kind: str, model: Path, settings: Settings) -> None:
        import rasa.core.agent
        import rasa.engine.recipes.default_recipe  # noqa: F401

        self._model = model
        began = time.perf_counter()
        self._runner: _Runner = (
            Ours(model, settings)
            if kind == "ours"
            else Stock(model, settings, kind.removeprefix("stock-"))
        )
        self._loaded_s = time.perf_counter() - began
        self._numbers = itertools.count()
        self._chance = random.Random(5)
        self._visit: list[Any] = []
        self._kept: list[Any] = []

    async def start(self) -> dict[str, float]:
        """Return how long the first load took, and the memory after some turns."""
        for text in VISIT:
            await self._say("cus_00470", text)
        return {"load_s": self._loaded_s, "memory_mb": _memory_mb()}

    async def load(self) -> float:
        """Load the model once more and let it go again; return the seconds."""
        from rasa.core.agent import Agent

        began = time.perf_counter()
        Agent.load(str(self._model))
        return time.perf_counter() - began

    async def second(self) -> float:
        """Load the model once more and keep it; return the memory in MB."""
        from rasa.core.agent import Agent

        self._kept.append(Agent.load(str(self._model)))
        return _memory_mb()

    async def parse(self, texts: list[str]) -> list[float]:
        """Return the milliseconds that each message takes to be understood."""
        from rasa.core.channels.channel import UserMessage

        times = []
        for text in texts:
            began = time.perf_counter()
            await self._runner.agent.processor.parse_message(UserMessage(text))
            times.append((time.perf_counter() - began) * 1000)
        return times

    async def history(self, person: str, turns: int) -> int:
        """Give a conversation so many turns of history, made of real visits; return its events."""
        from rasa.shared.core.trackers import DialogueStateTracker

        agent = self._runner.agent
        if not self._visit:
            for text in VISIT:
                await self._say("cus_00471", text)
            recorded = await agent.tracker_store.retrieve_full_tracker("cus_00471")
            self._visit = [event.as_dict() for event in recorded.events]
        data = _repeated(self._visit, turns)
        tracker = DialogueStateTracker.from_dict(person, data, agent.domain.slots)
        if data:
            await agent.tracker_store.save(tracker)
        await self._say(person, MEASURED[0])  # what is done once after an import is no turn's cost
        return len(data)

    async def turns(self, person: str) -> list[float]:
        """Say what is measured; return the milliseconds of each turn.

        Raises:
            RuntimeError: if there was no reply.
        """
        return [await self._say(person, as_typed(text, self._chance)) for text in MEASURED]

    async def _say(self, person: str, text: str) -> float:
        began = time.perf_counter()
        replies = await self._runner.say(person, text, f"s{next(self._numbers)}")
        if not replies:
            raise RuntimeError(f"no reply to {text!r}")
        return (time.perf_counter() - began) * 1000


def _repeated(visit: list[dict[str, Any]], turns: int) -> list[dict[str, Any]]:
    """Return events of so many turns: visits one after the other, the last a moment ago."""
    events: list[dict[str, Any]] = []
    said = 0
    for number in itertools.count():
        for recorded in visit:
            if number and "session" in f"{recorded['event']} {recorded.get('name')}":
                continue
            event = dict(recorded)
            if event["event"] == "user":
                if said == turns:
                    return _timed(events)
                said += 1
                event["message_id"] = f"h{said}"
            events.append(event)
    raise AssertionError("unreachable")


def _timed(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    start = time.time() - 600.0
    for place, event in enumerate(events):
        event["timestamp"] = start + 500.0 * place / max(1, len(events))
    return events


def _memory_mb() -> float:
    import psutil

    return float(psutil.Process().memory_info().rss) / 2**20


async def serve(kind: str, model: Path) -> None:
    """Answer what comes on the standard input until it ends."""
    settings = load_settings()
    served = Served(kind, model, settings)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        call = json.loads(line)
        outcome = await getattr(served, call.pop("do"))(**call)
        print(f"=> {json.dumps(outcome)}", flush=True)


def main() -> None:
    """Serve."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    quiet()
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))


if __name__ == "__main__":
    main()
