"""The one inbound chain of every channel.

In order: verify (the connector's), de-duplicate by message id (inbox), neutralise a leading `/`, handoff gate, the
dialogue, deliver and record. A connector supplies only what differs: parse, verify, render, deliver.
"""

from __future__ import annotations

import asyncio

from rasa.core.agent import Agent

from channels.choices import chosen_payload
from closer.conversations.records import InboxRecord
from closer.conversations.turn import HandoffState, InboundMessage, TurnResult
from closer.kit.errors import CloserError, Unavailable
from closer.kit.logging import get_logger
from closer.services import Services
from rasa_ext.serving import agents_of
from rasa_ext.turn import TurnRunner, neutralise

_log = get_logger(__name__)


class InboundChain:
    """Takes a verified message of a known conversation to its stored result.

    Args:
        agent: The Rasa agent, or the router that holds several.
        services: The domain.
    """

    def __init__(self, agent: Agent, services: Services) -> None:
        self._services = services
        self._conversations = services.conversations
        self._runner = TurnRunner(agents_of(agent), services.conversations)

    async def run(self, message: InboundMessage) -> TurnResult:
        """Accept a message and process it; the same message again gives the stored result.

        Raises:
            Unavailable: if it could not be processed now. Once it was accepted, it will be.
        """
        record = await self._conversations.accept(message)
        if record.result is not None:
            return record.result.copy(update={"repeated": True})
        if await self._conversations.claim(record):
            return await self.process(record)
        timeout = self._services.settings.turn_deadline_s
        result = await self._conversations.wait_for_result(message, timeout)
        if result is None:
            raise Unavailable("the message is still being answered")
        return result

    async def process(self, record: InboxRecord) -> TurnResult:
        """Process a claimed message; on failure it is given back to be tried again."""
        try:
            result = await self._answer(record.message)
            await self._conversations.finish(record, result)
        except (Exception, asyncio.CancelledError) as error:
            _log.exception("turn_failed", message=record.id, attempts=record.attempts)
            outage = isinstance(error, Unavailable | asyncio.CancelledError)
            text = f"{type(error).__name__}: {error}"
            await self._conversations.give_back(record, text, outage=outage)
            if isinstance(error, CloserError | asyncio.CancelledError):
                raise
            raise Unavailable("the assistant could not answer; it will try again") from error
        return result

    async def _answer(self, message: InboundMessage) -> TurnResult:
        handoff = await self._services.handoff.state(message.conversation_id)
        if handoff.state == "with_agent":  # a person has the conversation: the message is theirs
            return TurnResult(
                message_id=message.message_id,
                conversation_id=message.conversation_id,
                handoff=handoff,
            )
        text = await chosen_payload(self._conversations, message) or neutralise(message.text)
        result = await self._runner.run(message, text[: self._services.settings.max_message_chars])
        handoff = await self._services.handoff.state(message.conversation_id)
        return result.copy(update={"handoff": HandoffState.parse_obj(handoff)})


class InboxReplay:
    """Processes what was accepted but never finished: after a restart, and as a safety net every few seconds."""

    def __init__(self, chain: InboundChain, services: Services, every_s: float = 5.0) -> None:
        self._chain = chain
        self._conversations = services.conversations
        self._every_s = every_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin in the background."""
        self._task = asyncio.get_running_loop().create_task(self._forever())

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def run_once(self) -> int:
        """Process what is open, oldest first within a conversation; return how many were finished."""
        finished = 0
        for record in await self._conversations.unfinished():
            if not await self._conversations.claim(record):
                continue
            try:
                await self._chain.process(record)
                finished += 1
            except CloserError as error:
                _log.warning("replay_postponed", message=record.id, code=error.code)
        return finished

    async def _forever(self) -> None:
        while True:
            try:
                count = await self.run_once()
                if count:
                    _log.info("inbox_replayed", count=count)
            except CloserError as error:
                _log.warning("replay_waits", code=error.code)
            except Exception:
                _log.exception("replay_failed")
            await asyncio.sleep(self._every_s)
