"""The conversations' service: accept a message, hand it to one processor, keep and announce what came of it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from redis.asyncio import Redis

from closer.conversations.records import InboxRecord
from closer.conversations.repository import EntryRepository, InboxRepository
from closer.conversations.turn import Entry, InboundMessage, TurnResult, to_json
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.ids import new_id
from closer.kit.logging import get_logger
from closer.kit.pagination import Page, PageRequest, page_of
from closer.kit.redis import REDIS_AWAY

_log = get_logger(__name__)

LEASE = timedelta(seconds=45)
MAX_ATTEMPTS = 5
MAX_OUTAGE_ATTEMPTS = 2000  # some hours at one try in a few seconds
_POLL_S = 0.05


def conversation_channel(conversation_id: str) -> str:
    """Return the name of the Redis channel on which a conversation's entries are announced."""
    return f"closer:conversation:{conversation_id}"


class ConversationService:
    """Inbox, history and announcements.

    Args:
        db: The database.
        redis: For announcements; nothing is lost when it is away, because entries are read from the database.
        clock: The time.
    """

    def __init__(self, db: Database, redis: Redis[Any], clock: Clock) -> None:
        self._db = db
        self._redis = redis
        self._clock = clock
        self._inbox = InboxRepository(db)
        self._entries = EntryRepository(db)
        self._owner = f"{socket.gethostname()}:{os.getpid()}"

    async def accept(self, message: InboundMessage) -> InboxRecord:
        """Store a message before it is acknowledged; the same message again gives the row that is there.

        Raises:
            Unavailable: if it cannot be stored; the sender must not be told otherwise.
        """
        now = self._clock.now()
        message = message.copy(update={"received_at": message.received_at or now})
        async with self._db.transaction():
            if await self._inbox.add(new_id("msg"), message, now):
                await self._entries.add(message.conversation_id, [self._said(message)])
            record = await self._inbox.find(message)
        if record is None:  # pragma: no cover - the row was added or was there
            raise RuntimeError("an accepted message vanished")
        return record

    async def claim(self, record: InboxRecord) -> bool:
        """Take a message for processing by this process; False if another has it or it is done."""
        return await self._inbox.claim(record.id, self._owner, self._clock.now(), LEASE)

    async def finish(self, record: InboxRecord, result: TurnResult) -> None:
        """Keep the result, append its replies to the history and announce them."""
        async with self._db.transaction():
            await self._inbox.finish(record.id, result, self._clock.now())
            await self._entries.add(result.conversation_id, result.replies)
        await self.announce(result.conversation_id, result.replies)

    async def give_back(self, record: InboxRecord, error: str, *, outage: bool = False) -> None:
        """Return a message that could not be processed: for another try, or for good after five.

        An outage of another part is not the message's fault: it may be tried for much longer.
        """
        limit = MAX_OUTAGE_ATTEMPTS if outage else MAX_ATTEMPTS
        state = "failed" if record.attempts + 1 >= limit else "received"
        await self._inbox.release(record.id, state, error[:500])

    async def unfinished(self, limit: int = 100) -> list[InboxRecord]:
        """Return accepted messages that nobody works on, oldest first."""
        return await self._inbox.unfinished(self._clock.now(), limit)

    async def wait_for_result(self, message: InboundMessage, timeout_s: float) -> TurnResult | None:
        """Wait for the result of a message that another worker processes; None when it takes longer."""
        give_up = asyncio.get_running_loop().time() + timeout_s
        while asyncio.get_running_loop().time() < give_up:
            record = await self._inbox.find(message)
            if record is not None and record.result is not None:
                return record.result.copy(update={"repeated": True})
            await asyncio.sleep(_POLL_S)
        return None

    async def append(self, conversation_id: str, entries: Sequence[Entry]) -> None:
        """Add entries that are no answer to a message (an agent's words, an announcement)."""
        await self._entries.add(conversation_id, entries)
        await self.announce(conversation_id, entries)

    async def announce(self, conversation_id: str, entries: Sequence[Entry]) -> None:
        """Tell whoever holds a socket of this conversation; a missed one is read from the history."""
        try:
            for entry in entries:
                await self._redis.publish(
                    conversation_channel(conversation_id), json.dumps(to_json(entry))
                )
        except REDIS_AWAY as error:
            _log.warning("announcement_missed", reason=type(error).__name__)

    async def history(self, conversation_id: str, page: PageRequest) -> Page[Entry]:
        """Return a page of the history, oldest first within it, the newest page first."""
        rows = await self._entries.last(conversation_id, page.limit + 1, before=page.after)
        newest_first = page_of(rows[::-1], page, key=lambda entry: entry.id)
        return Page(newest_first.items[::-1], newest_first.next_cursor)

    async def since(self, conversation_id: str, entry_id: str, limit: int = 200) -> list[Entry]:
        """Return what was said after an entry."""
        return await self._entries.after(conversation_id, entry_id, limit)

    async def merge(self, visitor_id: str, customer_id: str) -> None:
        """Hand a visitor's history over to the customer that the visitor turned out to be."""
        await self._entries.move(visitor_id, customer_id)

    def entry(self, sender: str, channel: str, ordinal: int = 0, **content: Any) -> Entry:
        """Return a new entry of now; `ordinal` keeps several of one moment in order."""
        data = {
            "id": f"{new_id()}-{ordinal:02d}",
            "at": self._clock.now(),
            "from": sender,
            "channel": channel,
        }
        return Entry.parse_obj({**data, **content})

    def _said(self, message: InboundMessage) -> Entry:
        media = [to_json(item) for item in message.media]
        return self.entry(
            "customer",
            message.channel,
            message_id=message.message_id,
            text=message.text,
            media=media,
        )
