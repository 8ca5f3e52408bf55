"""A dialogue without a model, run by the real inbound chain: it repeats what it hears and writes one event a turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.lock_store import InMemoryLockStore

from channels.base import InboundChain
from closer.conversations.turn import InboundMessage, TurnResult
from closer.services import Services
from rasa_ext.turn import Turn


class NoModel:
    """An agent that is never asked."""

    processor = None
    lock_store = InMemoryLockStore()


class Dialogue:
    """Answers each message with its own words and writes one event; fails when told to.

    Attributes:
        fails: Errors to raise, by the message's text, before anything is saved.
        spoils: Called within the transaction, after the events are written.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.fails: dict[str, list[Exception]] = {}
        self.spoils: Any = None
        self.order: list[str] = []
        self.running = self.most_at_once = 0

    @asynccontextmanager
    async def turn(self, message: InboundMessage, said: str) -> AsyncIterator[Turn]:
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            await asyncio.sleep(0.01)
            if self.fails.get(said):
                raise self.fails[said].pop()
            self.order.append(said)
            yield Turn(self._result(message, said), lambda: self._save(message))
        finally:
            self.running -= 1

    def _result(self, message: InboundMessage, said: str) -> TurnResult:
        reply = self.services.conversations.entry(
            "assistant", "web", message_id=message.message_id, text=f"re: {said}"
        )
        return TurnResult(
            message_id=message.message_id, conversation_id=message.conversation_id, replies=[reply]
        )

    async def _save(self, message: InboundMessage) -> None:
        person = message.conversation_id
        begins = len(await self.services.dialogues.since(person, 0))
        event = {"event": "user", "text": message.text, "timestamp": 1.0}
        await self.services.dialogues.append(person, begins, [event])
        if self.spoils is not None:
            spoil, self.spoils = self.spoils, None
            await spoil(message)


def chain_of(services: Services, dialogue: Dialogue) -> InboundChain:
    chain = InboundChain(NoModel(), services)  # type: ignore[arg-type]
    chain._runner = dialogue  # type: ignore[assignment]
    return chain


def says(words: str, conversation: str = "ann") -> InboundMessage:
    return InboundMessage(
        message_id=f"id-{words}", channel="web", conversation_id=conversation, text=words
    )
