"""What a side runs in process: the product's whole inbound chain, or Rasa's agent as it comes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Protocol

from closer.kit.settings import Settings


class Runner(Protocol):
    """What runs turns and loads models."""

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
