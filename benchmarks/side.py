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
import threading
import time
from pathlib import Path
from typing import Any, Protocol

from benchmarks.quiet import quiet
from benchmarks.rig import TWO_WISHES, VISIT, as_typed, environment
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
        self._log = settings.data_dir / f"side-{kind}.log"
        self._child = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.side", kind, str(model)],
            cwd=ROOT,
            env=environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log.open("ab"),
            text=True,
        )

    def ask(self, do: str, within_s: float = 300.0, **values: Any) -> Any:
        """Have something done and return its outcome.

        Raises:
            RuntimeError: if the process died, or was ended because it took too long; the message ends with its log.
        """
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        limit = threading.Timer(within_s, self._child.kill)
        limit.start()
        try:
            self._child.stdin.write(json.dumps({"do": do, **values}) + "\n")
            self._child.stdin.flush()
            while line := self._child.stdout.readline():
                if line.startswith("=> "):
                    return json.loads(line[3:])
        except BrokenPipeError:
            pass
        finally:
            limit.cancel()
        tail = self._log.read_text("utf-8", errors="replace").strip().splitlines()[-1:]
        raise RuntimeError(f"the process of {self.kind} died at {do!r}: {' '.join(tail)}")

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

    def load(self, model: Path) -> dict[str, float]: ...


class Ours:
    """The product's chain on the product's model."""

    def __init__(self, model: Path, settings: Settings) -> None:
        from rasa.core.agent import Agent

        from channels.base import InboundChain
        from closer.kit.clock import SystemClock
        from closer.kit.memory import settle
        from closer.services import Services
        from rasa_ext.lock_store import RedisTicketLockStore
        from rasa_ext.tracker_store import CloserTrackerStore
        from rasa_ext.wiring import adapt

        self.services = services = Services(settings, SystemClock())
        locks = RedisTicketLockStore(settings=settings)
        self.agent = Agent.load(str(model), lock_store=locks)
        store = CloserTrackerStore(domain=self.agent.domain, services=services)
        self.agent.tracker_store = self.agent.processor.tracker_store = store
        adapt(self.agent, settings)
        self.chain = InboundChain(self.agent, services)
        settle()  # as a server does when its model is there

    async def say(self, conversation: str, text: str, message_id: str) -> int:
        """Run a turn; return how many replies came."""
        return len((await self.turn(conversation, text, message_id)).replies)

    async def turn(self, conversation: str, text: str, message_id: str) -> Any:
        """Run a turn; return its result."""
        from closer.conversations.turn import InboundMessage

        message = InboundMessage(
            message_id=message_id,
            channel="web",
            conversation_id=conversation,
            customer_id=conversation,
            proven=True,
            text=text,
        )
        return await self.chain.run(message)

    def load(self, model: Path) -> dict[str, float]:
        """Load a version as the server does beside the one that serves; return the seconds of each part.

        The parts: `inspect` reads the archive to its end for digest and contents, `load` is Rasa's own with what fits
        the agent into the product, `gate` compares domains and holds the smoke conversations, which warms it up.
        """
        import rasa_ext.model_loading as loading
        from closer.lifecycle.archives import inspect
        from rasa_ext.model_gate import check_domain, try_out

        facts, parts = inspect(model), {}
        loader = loading.ModelLoader(self.agent)
        began = time.perf_counter()

        def timed(path: Path, *, expected_sha256: str | None = None) -> Any:
            found = inspect(path, expected_sha256=expected_sha256)
            parts["inspect"] = time.perf_counter() - began
            return found

        loading.inspect = timed
        try:
            loaded = loader.load("another", model, facts.sha256)
        finally:
            loading.inspect = inspect
        done = time.perf_counter()
        parts["load"] = done - began - parts["inspect"]
        check_domain(loaded.facts, facts)
        try_out(loaded)
        parts["gate"] = time.perf_counter() - done
        loading.release(loaded)
        return {**parts, "whole": time.perf_counter() - began}


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

    def load(self, model: Path) -> dict[str, float]:
        """Load the model once more and let it go again; return the seconds. Rasa checks nothing and warms nothing up."""
        from rasa.core.agent import Agent

        began = time.perf_counter()
        Agent.load(str(model))
        return {"whole": time.perf_counter() - began}


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

    async def ready(self) -> bool:
        """Answer as soon as the model is loaded."""
        return True

    async def start(self) -> dict[str, float]:
        """Warm up by a visit; return how long the first load took."""
        for text in VISIT:
            await self._say("cus_00470", text)
        return {"load_s": self._loaded_s}

    async def load(self) -> dict[str, float]:
        """Load the model once more, in a thread as a server does, and let it go; return the seconds by part."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, self._runner.load, self._model)

    async def parse(self, texts: list[str]) -> list[float]:
        """Return the milliseconds that each message takes to be understood."""
        from rasa.core.channels.channel import UserMessage

        times = []
        for text in texts:
            began = time.perf_counter()
            await self._runner.agent.processor.parse_message(UserMessage(text))
            times.append((time.perf_counter() - began) * 1000)
        return times

    async def turns(self, person: str, length: int) -> list[float]:
        """Have a new person say what is measured, from their turn of that number on; return the milliseconds of each.

        All earlier turns but one are put into the store at once; the last is real, because what a store does once after
        an import is no turn's cost. At the first turn there is nothing before.
        """
        if length > 1:
            await self._import(person, length - 2)
            await self._say(person, MEASURED[0])
        return [await self._say(person, as_typed(text, self._chance)) for text in MEASURED]

    async def firsts(self, people: list[str]) -> list[float]:
        """Have new persons say one of the texts each, as their first message; return the milliseconds of each."""
        pairs = zip(people, MEASURED, strict=True)
        return [await self._say(person, as_typed(text, self._chance)) for person, text in pairs]

    async def wishes(self, person: str) -> list[float]:
        """Have a new person, who has greeted, say two wishes in one message; return the milliseconds."""
        await self._say(person, MEASURED[0])
        return [await self._say(person, as_typed(TWO_WISHES, self._chance))]

    async def _import(self, person: str, turns: int) -> None:
        from rasa.shared.core.trackers import DialogueStateTracker

        agent = self._runner.agent
        if not self._visit:
            for text in VISIT:
                await self._say("cus_00471", text)
            recorded = await agent.tracker_store.retrieve_full_tracker("cus_00471")
            self._visit = [event.as_dict() for event in recorded.events]
        data = history(self._visit, turns)
        if data:
            tracker = DialogueStateTracker.from_dict(person, data, agent.domain.slots)
            await agent.tracker_store.save(tracker)

    async def _say(self, person: str, text: str) -> float:
        began = time.perf_counter()
        replies = await self._runner.say(person, text, f"s{next(self._numbers)}")
        if not replies:
            raise RuntimeError(f"no reply to {text!r}")
        return (time.perf_counter() - began) * 1000


def history(visit: list[dict[str, Any]], turns: int) -> list[dict[str, Any]]:
    """Return events of so many turns: visits one after the other, the last a whole one that ended a moment ago.

    Args:
        visit: A recorded visit, with the session's start before its first turn.
        turns: How many; fewer than a visit has are the end of one.
    """
    opening: list[dict[str, Any]] = []
    by_turn: list[list[dict[str, Any]]] = []
    for event in visit:
        if event["event"] == "user":
            by_turn.append([])
        (by_turn[-1] if by_turn else opening).append(event)
    if not turns:
        return []
    skipped = -turns % len(by_turn)
    events = [dict(event) for event in opening]
    for number in range(turns):
        for recorded in by_turn[(skipped + number) % len(by_turn)]:
            event = dict(recorded)
            if event["event"] == "user":
                event["message_id"] = f"h{number + 1}"
            events.append(event)
    return _timed(events)


def _timed(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    start = time.time() - 600.0
    for place, event in enumerate(events):
        event["timestamp"] = start + 500.0 * place / max(1, len(events))
    return events


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
