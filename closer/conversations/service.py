"""The conversations' service: accept a message, hand it to one processor, keep and announce what came of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from redis.asyncio import Redis

from closer.conversations.history_repository import ConversationEraser, EntryRepository
from closer.conversations.records import InboxRecord
from closer.conversations.repository import InboxRepository
from closer.conversations.turn import Entry, InboundMessage, TurnResult, to_json
from closer.kit.claims import holder_is_dead, new_claim
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Unavailable
from closer.kit.ids import new_id
from closer.kit.logging import get_logger
from closer.kit.pagination import Page, PageRequest, page_of
from closer.kit.person_keys import PersonKeys
from closer.kit.redis import REDIS_AWAY
from closer.kit.together import Together

_log = get_logger(__name__)

LEASE = timedelta(seconds=45)
MAX_ATTEMPTS = 5
MAX_OUTAGE_ATTEMPTS = 2000  # some hours at one try in a few seconds
_ANNOUNCE_S = 0.5
_STEP = timedelta(microseconds=1)
_LEAVE_REDIS_ALONE_S = 5.0


def conversation_channel(conversation_id: str) -> str:
    """Return the name of the Redis channel on which a conversation's entries are announced."""
    return f"closer:conversation:{conversation_id}"


class ConversationService:
    """Inbox, history and announcements.

    Args:
        db: The database.
        redis: For announcements; nothing is lost when it is away, because entries are read from the database.
        clock: The time.
        keys: Seal what people said.
    """

    def __init__(self, db: Database, redis: Redis[Any], clock: Clock, keys: PersonKeys) -> None:
        self._db = db
        self._redis = redis
        self._clock = clock
        self._keys = keys
        self._inbox = InboxRepository(db, self._keys)
        self._entries = EntryRepository(db, self._keys)
        self._redis_away_until = 0.0
        self._arrivals: Together[InboundMessage, InboxRecord] = Together(self._store)

    async def close(self) -> None:
        """Stop storing; whoever waits for it is not acknowledged."""
        await self._arrivals.close()

    async def accept(self, message: InboundMessage) -> InboxRecord:
        """Store a message before it is acknowledged; the same message again gives the row that is there.

        Messages that arrive at the same time are stored in one transaction.

        Raises:
            Unavailable: if it cannot be stored; the sender must not be told otherwise.
        """
        if self._db.in_transaction:  # it must commit with the caller's
            return (await self._store([message]))[0]
        return await self._arrivals(message)

    async def record(self, message: InboundMessage) -> InboxRecord | None:
        """Return what became of a message; None if it was not accepted."""
        return await self._inbox.find(message)

    async def take(self, message: InboundMessage) -> tuple[InboxRecord, InboxRecord | None]:
        """Accept a message and claim what is next in its conversation, which may be an older message.

        Returns:
            The message's own row, and the claimed one; None if there is nothing to do or another process is at it.
        """
        oldest = await self._inbox.oldest_open(message.conversation_id)
        if oldest is not None and _is(oldest.message, message):  # who took it in has stored it
            return oldest, await self._claimed(oldest)
        own = await self._inbox.find(message) or await self.accept(message)
        if own.state in ("done", "failed"):
            return own, None
        return own, await self.claim_next(message.conversation_id)

    async def claim_next(self, conversation_id: str) -> InboxRecord | None:
        """Claim the oldest unfinished message of a conversation; None if there is none, or another is at it.

        So a conversation's messages are processed one after the other in the order of their acceptance.
        """
        record = await self._inbox.oldest_open(conversation_id)
        return await self._claimed(record) if record else None

    async def finish(self, record: InboxRecord, result: TurnResult) -> None:
        """Keep the result and append its replies to the history; `announce` them once it is committed.

        Raises:
            ClaimLost: if the message was taken over meanwhile: at the commit, which does not happen then.
        """
        async with self._db.transaction():
            await self._inbox.finish(record, result, self._clock.now())
            await self._entries.add(result.conversation_id, result.replies)

    async def give_back(self, record: InboxRecord, error: str, *, outage: bool = False) -> bool:
        """Return a message that could not be processed: for another try, or for good after five.

        An outage of another part is not the message's fault: it may be tried for much longer.

        Returns:
            Whether it is given up for good.
        """
        limit = MAX_OUTAGE_ATTEMPTS if outage else MAX_ATTEMPTS
        state = "failed" if record.attempts + 1 >= limit else "received"
        return await self._inbox.release(record, state, error[:500]) and state == "failed"

    async def release_orphans(self) -> int:
        """Give back what processes of this host held when they died; return how many messages.

        Without this they would wait for their lease to end.
        """
        orphans = [(r, owner) for r, owner in await self._inbox.claimed() if holder_is_dead(owner)]
        for record_id, owner in orphans:
            await self._inbox.end_lease(record_id, owner, self._clock.now())
        return len(orphans)

    async def waiting(self, limit: int = 100) -> list[str]:
        """Return the conversations with accepted messages that nobody works on, the longest waiting first."""
        return await self._inbox.waiting(self._clock.now(), limit)

    async def append(self, conversation_id: str, entries: Sequence[Entry]) -> None:
        """Add entries that are no answer to a message (an agent's words); announced once they are committed."""
        async with self._db.transaction():
            await self._entries.add(conversation_id, entries)
            self._db.after_commit(lambda: self.announce(conversation_id, entries))

    async def announce(self, conversation_id: str, entries: Sequence[Entry]) -> None:
        """Tell whoever holds a socket of this conversation; a missed one is read from the history."""
        if not entries or time.monotonic() < self._redis_away_until:
            return
        try:
            await asyncio.wait_for(self._publish(conversation_id, entries), _ANNOUNCE_S)
        except (*REDIS_AWAY, asyncio.TimeoutError) as error:
            self._redis_away_until = time.monotonic() + _LEAVE_REDIS_ALONE_S
            _log.warning("announcement_missed", reason=type(error).__name__)

    async def history(self, conversation_id: str, page: PageRequest) -> Page[Entry]:
        """Return a page of the history, oldest first within it, the newest page first."""
        rows = await self._entries.last(conversation_id, page.limit + 1, before=page.after)
        newest_first = page_of(rows[::-1], page, key=lambda entry: entry.id)
        return Page(newest_first.items[::-1], newest_first.next_cursor)

    async def since(self, conversation_id: str, entry_id: str, limit: int = 200) -> list[Entry]:
        """Return what was said after an entry."""
        return await self._entries.after(conversation_id, entry_id, limit)

    async def last_turn(self, conversation_id: str) -> list[Entry]:
        """Return what the assistant said last, in one turn."""
        return await self._entries.last_turn(conversation_id)

    async def last_heard(self, conversation_id: str) -> Mapping[str, datetime]:
        """Return when the person last wrote or spoke, by channel."""
        return await self._entries.last_heard(conversation_id)

    async def merge(self, visitor_id: str, customer_id: str) -> None:
        """Hand a visitor's history, open messages and key over to the customer that the visitor is."""
        async with self._db.transaction():
            await self._inbox.move_open(visitor_id, customer_id)
            await self._entries.move(visitor_id, customer_id)
            await self._keys.hand_over(visitor_id, customer_id)

    async def erase(self, conversation_id: str) -> dict[str, int]:
        """Delete a conversation from every table: inbox, history, dialogue, receipts, events on their way.

        Returns:
            How many rows were deleted by table.
        """
        return await ConversationEraser(self._db).erase([conversation_id])

    def entry(self, sender: str, channel: str, ordinal: int = 0, **content: Any) -> Entry:
        """Return a new entry of now; `ordinal` keeps several of one moment in order."""
        data = {
            "id": f"{new_id()}-{ordinal:02d}",
            "at": self._clock.now(),
            "from": sender,
            "channel": channel,
        }
        return Entry.parse_obj({**data, **content})

    async def _claimed(self, record: InboxRecord) -> InboxRecord | None:
        owner = new_claim()
        if not await self._inbox.claim(record, owner, self._clock.now(), LEASE):
            return None
        return replace(record, owner=owner, state="processing")

    async def _store(self, messages: Sequence[InboundMessage]) -> list[InboxRecord]:
        """Store messages in one transaction, and what was said in the history; return the row of each."""
        async with self._db.transaction():
            await self._inbox.line_up([message.conversation_id for message in messages])
            fresh = await self._placed(messages)
            stored = await self._inbox.add(fresh)
            await self._entries.add_heard(
                [(one.id, one.message.conversation_id, self._said(one.message)) for one in fresh]
            )
        ids = {record.id for record in fresh}
        added = ids if stored.found == len(ids) else await self._inbox.known(ids)
        rows = [
            record if record.id in added else await self._inbox.find(record.message)
            for record in fresh
        ]
        if None in rows:  # gone since: its person was erased a moment ago
            raise Unavailable("the message could not be stored")
        return [row for row in rows if row is not None]

    async def _placed(self, messages: Sequence[InboundMessage]) -> list[InboxRecord]:
        """Return messages with their places: after those that wait, though the clock may have been set back."""
        latest = await self._inbox.latest_open({item.conversation_id for item in messages})
        now = (
            self._clock.now()
        )  # now that others cannot store before us: places are in the order of the commits
        records = []
        for message in messages:
            before = latest.get(message.conversation_id)
            place = now if before is None else max(now, before + _STEP)
            latest[message.conversation_id] = place
            dated = message.copy(update={"received_at": message.received_at or now})
            records.append(InboxRecord(new_id("msg"), "received", dated, None, 0, place))
        return records

    def _said(self, message: InboundMessage) -> Entry:
        media = [to_json(item) for item in message.media]
        return self.entry(
            "customer",
            message.channel,
            message_id=message.message_id,
            text=message.text,
            media=media,
        )

    async def _publish(self, conversation_id: str, entries: Sequence[Entry]) -> None:
        channel = conversation_channel(conversation_id)
        if len(entries) == 1:
            await self._redis.publish(channel, json.dumps(to_json(entries[0])))
            return
        pipe = self._redis.pipeline(transaction=False)
        for entry in entries:
            pipe.publish(channel, json.dumps(to_json(entry)))
        await pipe.execute()


def _is(one: InboundMessage, other: InboundMessage) -> bool:
    """Say whether two messages of a conversation are deliveries of the same."""
    return (one.channel, one.message_id) == (other.channel, other.message_id)
