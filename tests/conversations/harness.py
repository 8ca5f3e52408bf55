"""Plays conversations against the real agent with the real actions, in process, on a database of its own."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from json import dumps, loads
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

from actions import runtime
from channels.base import InboundChain
from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.clock import FixedClock
from closer.kit.settings import Settings
from closer.providers.sandbox import SandboxMessages
from closer.services import Services
from rasa_ext.lean_processor import LeanProcessor
from rasa_ext.tracker_store import CloserTrackerStore
from tests.conversations.renderings import Renderings


class InProcessActions(EndpointConfig):
    """An action server without HTTP: the executor that the real one uses, called directly."""

    def __init__(self) -> None:
        super().__init__("http://actions.invalid/webhook")
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def request(self, *_: Any, json: dict[str, Any], **__: Any) -> Any:
        """Run the action and answer as the server would."""
        return await self._executor.run(loads(dumps(json)))


@dataclass
class Bot:
    """The assistant on one database.

    Attributes:
        services: The domain that the assistant works on; a test looks there for what was stored.
    """

    agent: Agent
    services: Services
    clock: FixedClock
    chain: InboundChain
    said: int = 0
    transcript: list[str] = field(default_factory=list)
    renderings: Renderings = field(init=False)

    def __post_init__(self) -> None:
        self.renderings = Renderings(self.services)

    async def hears(
        self, text: str, *, customer: str | None, channel: str = "web", **more: Any
    ) -> TurnResult:
        """Send a message and return the turn, which every vendor must be able to carry."""
        self.said += 1
        message = InboundMessage(
            message_id=more.pop("message_id", f"m{self.said}"),
            channel=channel,
            conversation_id=customer or "vis_harness",
            customer_id=customer,
            proven=more.pop("proven", customer is not None),
            text=text,
            **more,
        )
        result = await self.chain.run(message)
        self.transcript.append(f"> {text}   [{result.intent.name} {result.intent.confidence:.2f}]")
        self.transcript += [
            f"    {reply.text} {[b.title for b in reply.buttons] or ''}" for reply in result.replies
        ]
        wrong = await self.renderings.problems(message, result)
        assert not wrong, "\n".join([*wrong, *self.transcript])
        self.clock.advance(seconds=20)
        return result

    async def first_unclear(self, candidates: list[str]) -> str:
        """Return the first of some messages that the assistant does not understand for certain."""
        for text in candidates:
            parsed = await self.agent.parse_message(text)
            if parsed["intent"]["name"] == DEFAULT_NLU_FALLBACK_INTENT_NAME:
                return text
        raise AssertionError(f"all of {candidates} are understood")

    async def last_code(self) -> str:
        """Return the newest one-time code that was sent to anybody."""
        await self.services.notifications.deliver_due()
        for message in await SandboxMessages(self.services.db).latest():
            if match := re.search(r"\b\d{6}\b", message.text):
                return match.group(0)
        raise AssertionError("no code was sent")


class Stage:
    """Makes bots on fresh copies of a seeded database; the model is loaded once.

    Args:
        agent: The trained agent.
        seeded: A seeded SQLite file.
        now: The moment at which it was seeded.
    """

    def __init__(self, agent: Agent, seeded: Path, settings: Settings, clock_at: Any) -> None:
        self.agent = agent
        assert agent.processor is not None
        agent.processor = LeanProcessor.of(agent.processor)
        self._seeded = seeded
        self._settings = settings
        self._now = clock_at
        self._actions = InProcessActions()

    async def bot(self, folder: Path) -> Bot:
        """Return a bot on a copy of the seeded database in a folder."""
        database = folder / "case.sqlite3"
        shutil.copyfile(self._seeded, database)
        settings = self._settings.copy(
            update={"database_url": f"sqlite:///{database}", "data_dir": folder}
        )
        clock = FixedClock(self._now)
        services = Services(settings, clock)
        runtime.use_services(services)
        domain = self.agent.domain or Domain.empty()
        store = CloserTrackerStore(domain=domain, services=services)
        self.agent.tracker_store = store
        assert self.agent.processor is not None
        self.agent.processor.tracker_store = store
        self.agent.processor.action_endpoint = self._actions
        self.agent.action_endpoint = self._actions
        return Bot(self.agent, services, clock, InboundChain(self.agent, services))
