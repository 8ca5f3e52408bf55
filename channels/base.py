"""The one inbound chain of every channel.

In order: verify and identity (the connector's, the latter names the conversation), de-duplicate by message id (inbox),
consent, pace, handoff gate, neutralise a leading `/`, the dialogue, render, deliver and record (docs/channels.md). A
connector supplies only what differs: parse, verify, render, deliver.

A conversation's messages are processed one after the other, in the order of their acceptance. A turn ends in one
transaction: the tracker's events, the inbox row's result, the history, what is to be delivered (docs/adr/0007).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.agent import Agent
from rasa.core.lock_store import LockError

from channels.choices import chosen_payload
from channels.connector import Connector
from channels.gates import Gates
from channels.room import Room
from closer.conversations.records import InboxRecord
from closer.conversations.spoken_values import as_written
from closer.conversations.turn import HandoffState, InboundMessage, TurnResult
from closer.kit.errors import CloserError, Unavailable
from closer.kit.logging import get_logger
from closer.kit.redis import REDIS_AWAY
from closer.kit.tasks import end
from closer.messaging import wording
from closer.services import Services
from rasa_ext.joining import DialogueJoiner
from rasa_ext.plain_text import neutralise, spelled_out
from rasa_ext.serving import agents_of
from rasa_ext.turn import TurnRunner

_log = get_logger(__name__)

_POLL_S = 0.02
_CONVERSATIONS_AT_ONCE = 8
# Not the message's fault: it is tried again for hours.
_OUTAGES = (Unavailable, asyncio.CancelledError, LockError, *REDIS_AWAY)


class InboundChain:
    """Takes a verified message of a known conversation to its stored result.

    Args:
        agent: The Rasa agent, or the router that holds several.
        services: The domain.
        connectors: By channel; a channel without one answers in its HTTP response.

    Attributes:
        room: Where turns wait for their place.
    """

    def __init__(
        self, agent: Agent, services: Services, connectors: Mapping[str, Connector] | None = None
    ) -> None:
        self._services = services
        self._conversations = services.conversations
        self._connectors = {} if connectors is None else connectors
        self._gates = Gates(services, self._connectors)
        self._runner = TurnRunner(agents_of(agent), services.conversations)
        self._doors: dict[str, asyncio.Lock] = {}
        self._at_door: Counter[str] = Counter()
        self.room = Room()
        self._background: set[asyncio.Task[None]] = set()
        self._to_catch_up: dict[str, bool] = {}

    async def run(self, message: InboundMessage) -> TurnResult:
        """Accept a message and process it after those before it; the same message again gives the stored result.

        Raises:
            Unavailable: if it could not be processed now. Once it was accepted, it will be.
        """
        give_up = asyncio.get_running_loop().time() + self._services.settings.turn_deadline_s
        async with self._one_at_a_time(message.conversation_id):
            while True:
                own, claimed = await self._conversations.take(message)
                if own.result is not None:
                    return own.result.copy(update={"repeated": True})
                if own.state == "failed":
                    raise Unavailable("the message could not be answered", code="message_failed")
                if claimed is None:  # another process is at this message, or at an older one
                    if asyncio.get_running_loop().time() > give_up:
                        raise Unavailable("the message is still being answered")
                    await asyncio.sleep(_POLL_S)
                    continue
                async with self.room.awaited():
                    result = await self.process(claimed)
                if claimed.id == own.id:
                    return result

    async def take(self, message: InboundMessage) -> InboxRecord:
        """Accept a message and process it in the background, so that its sender is acknowledged at once.

        Returns:
            The inbox's record: of an earlier delivery, if this one repeats it.

        Raises:
            Unavailable: if it could not be stored; the sender must try again.
        """
        record = await self._conversations.accept(message)
        if record.state == "received":
            self._catch_up_soon(message.conversation_id)
        return record

    async def catch_up(self, conversation_id: str) -> int:
        """Process what is open in a conversation, the oldest first; return how many messages were finished."""
        finished = 0
        while await self._next(conversation_id):
            finished += 1
        return finished

    async def process(self, record: InboxRecord) -> TurnResult:
        """Process a claimed message; on failure it is given back to be tried again."""
        try:
            result = await self._answer(record)
        except (Exception, asyncio.CancelledError) as error:
            _log.exception("turn_failed", message=record.id, attempts=record.attempts)
            outage = isinstance(error, _OUTAGES)
            await self._give_back(record, _what(error), outage=outage)
            if isinstance(error, CloserError | asyncio.CancelledError):
                raise
            raise Unavailable("the assistant could not answer; it will try again") from error
        await self._conversations.announce(result.conversation_id, result.replies)
        return result

    async def close(self) -> None:
        """Stop what runs in the background; it stays in the inbox."""
        await end(*self._background)

    def _catch_up_soon(self, conversation_id: str) -> None:
        """Have a conversation caught up in the background, once for all that comes until then."""
        begun = conversation_id in self._to_catch_up
        self._to_catch_up[conversation_id] = True
        if not begun:
            task = asyncio.get_running_loop().create_task(self._work_off(conversation_id))
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _work_off(self, conversation_id: str) -> None:
        try:
            while self._to_catch_up[conversation_id]:  # also what came when all else was done
                self._to_catch_up[conversation_id] = False
                await self.catch_up(conversation_id)
        except CloserError as error:
            _log.warning("turn_postponed", code=error.code)
        finally:
            del self._to_catch_up[conversation_id]

    async def _next(self, conversation_id: str) -> bool:
        """Process the next message of a conversation in the background; False if there is none."""
        # The place first: who waits for one must not keep the conversation from somebody in the chat.
        async with self.room.enter(), self._one_at_a_time(conversation_id):
            record = await self._conversations.claim_next(conversation_id)
            if record is None:
                return False
            await self.process(record)
            return True

    async def _answer(self, record: InboxRecord) -> TurnResult:
        message = record.message
        stopped = await self._gates.stopped(record)
        if stopped is not None:
            async with self._services.db.transaction():
                await self._keep(record, stopped)
            return stopped
        connector = self._connectors.get(message.channel)
        words = connector.words(message) if connector else message.text
        read = as_written(spelled_out(neutralise(words)), message.channel)
        text = await chosen_payload(self._conversations, message) or read
        text = text[: self._services.settings.max_message_chars]
        async with self._runner.turn(message, text) as turn:
            state = await self._services.handoff.state(message.conversation_id)
            result = turn.result.copy(update={"handoff": HandoffState.parse_obj(state)})
            began = time.perf_counter()
            async with self._services.db.transaction():
                await turn.save()
                await self._keep(record, result)
            committed_ms = round((time.perf_counter() - began) * 1000, 2)
        return result.copy(update={"stages_ms": {**result.stages_ms, "commit": committed_ms}})

    async def _keep(self, record: InboxRecord, result: TurnResult) -> None:
        connector = self._connectors.get(record.message.channel)
        if connector is not None:
            await connector.deliver(record, result)
        await self._conversations.finish(record, result)

    async def _give_back(self, record: InboxRecord, error: str, *, outage: bool) -> None:
        """Give a message back; one that is given up and its apology are kept together, or a crash would leave silence."""
        try:
            async with self._services.db.transaction():
                if await self._conversations.give_back(record, error, outage=outage):
                    await self._apologise(record)
        except CloserError:
            raise
        except Exception:  # better no apology than a message that holds up those behind it
            _log.exception("apology_failed", message=record.id)
            await self._conversations.give_back(record, error, outage=outage)

    async def _apologise(self, record: InboxRecord) -> None:
        """Tell somebody who waits that there will be no answer: on their channel, or by the history and its sockets."""
        message = record.message
        connector = self._connectors.get(message.channel)
        if connector is not None:
            result = connector.says(message, "channel_gave_up", wording.gave_up())
            await connector.deliver(record, result)
            replies = result.replies
        else:
            say = self._conversations.entry
            words: dict[str, Any] = {"message_id": message.message_id, "text": wording.gave_up()}
            replies = [say("assistant", message.channel, **words)]
        await self._conversations.append(message.conversation_id, replies)

    @asynccontextmanager
    async def _one_at_a_time(self, conversation_id: str) -> AsyncIterator[None]:
        """Let one task of this process at a time into a conversation, in the order of arrival."""
        door = self._doors.setdefault(conversation_id, asyncio.Lock())
        self._at_door[conversation_id] += 1
        try:
            async with door:
                yield
        finally:
            self._at_door[conversation_id] -= 1
            if not self._at_door[conversation_id]:
                del self._at_door[conversation_id], self._doors[conversation_id]


def _what(error: BaseException) -> str:
    """Return what an error is, without its words: they may repeat what somebody said."""
    code = getattr(error, "code", "")
    return f"{type(error).__name__} {code}".strip()


class InboxReplay:
    """Processes what was accepted but never finished: after a restart, and as a safety net every few seconds."""

    def __init__(
        self,
        chain: InboundChain,
        services: Services,
        every_s: float = 5.0,
        joins: DialogueJoiner | None = None,
    ) -> None:
        self._chain = chain
        self._joins = joins
        self._conversations = services.conversations
        self._every_s = every_s
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin in the background."""
        self._task = asyncio.get_running_loop().create_task(self._forever())

    async def stop(self) -> None:
        """End."""
        await end(self._task)

    async def run_once(self) -> int:
        """Process what is open, several conversations at once; return how many messages were finished."""
        some = asyncio.Semaphore(_CONVERSATIONS_AT_ONCE)

        async def catch_up(conversation_id: str) -> int:
            async with some:
                try:
                    return await self._chain.catch_up(conversation_id)
                except CloserError as error:
                    _log.warning("replay_postponed", code=error.code)
                    return 0

        await self._conversations.release_orphans()
        if self._joins is not None:
            await self._joins.catch_up()
        waiting = await self._conversations.waiting()
        return sum(await asyncio.gather(*(catch_up(conversation) for conversation in waiting)))

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
