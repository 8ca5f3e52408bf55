"""Reading the event stream: for analytics, handoff, monitoring and whoever else wants to know what happens.

A consumer has a name (its group in the Redis stream) and sees every event once, in order: an event and what the
handler makes of it commit together with the note that this consumer has seen it. One process of a consumer works at
a time; a successor goes on where it died.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError
from sqlalchemy import select

from closer.conversations.broker import PURPOSE
from closer.conversations.tables import seen_events
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.lease import Lease
from closer.kit.logging import get_logger
from closer.kit.person_keys import PersonErased, PersonKeys

_log = get_logger(__name__)

_BATCH = 100
_BLOCK_MS = 1000
_PAUSE_S = 1.0
_GIVE_UP_AFTER = 5


@dataclass(frozen=True)
class ConversationEvent:
    """An event of a conversation as it was published.

    Attributes:
        type: Rasa's name of the kind, such as `user`, `bot`, `action`, `slot`.
        data: The event as Rasa writes it.
    """

    event_id: str
    conversation_id: str
    type: str
    at: datetime
    data: Mapping[str, Any]

    @property
    def save_id(self) -> str:
        """What the events have in common that were saved together: those of one turn."""
        return self.event_id.rpartition("-")[0]


Handler = Callable[[Sequence[ConversationEvent]], Awaitable[None]]


class EventConsumer:
    """Hands events to a handler.

    Args:
        redis: The Redis client.
        db: The database; the handler's writes join the transaction that notes the events as seen.
        keys: Open what was sealed; events of erased people are passed over.
        clock: The time.
        stream: The stream's key.
        name: The consumer's name.
        batch: How many events are handled at once at most.
        gather_s: Seconds that events gather after a step that found fewer: so a consumer that can wait writes seldom.
    """

    def __init__(
        self,
        redis: Redis[Any],
        db: Database,
        keys: PersonKeys,
        clock: Clock,
        *,
        stream: str,
        name: str,
        batch: int = _BATCH,
        gather_s: float = 0.0,
    ) -> None:
        self._redis = redis
        self._db = db
        self._keys = keys
        self._clock = clock
        self._stream = stream
        self._name = name
        self._batch = batch
        self._gather_s = gather_s
        self._lease = Lease(redis, f"closer:consumer:{stream}:{name}")
        self._failures: dict[str, int] = {}

    async def run(self, handler: Handler, stopping: asyncio.Event) -> None:
        """Consume until told to stop or cancelled; through outages and failures of the handler."""
        try:
            while not stopping.is_set():
                pause = await self._try_step(handler)
                await asyncio.sleep(pause)
        finally:
            await self._lease.release()

    async def _try_step(self, handler: Handler) -> float:
        """Make a step if the lease is ours; return how many seconds to wait for the next."""
        try:
            if not await self._lease.hold():
                return _PAUSE_S
            full = await self.step(handler) >= self._batch
        except Exception as error:
            self._lease.doubt()
            _log.warning("consumer_waits", consumer=self._name, reason=type(error).__name__)
            return _PAUSE_S
        return 0.0 if full else self._gather_s

    async def step(self, handler: Handler, block_ms: int = _BLOCK_MS) -> int:
        """Handle the next events; return how many were done with.

        Raises:
            Exception: what the handler raised. The events come again; one that fails five times is passed over.
        """
        entries = await self._read("0") or await self._read(">", block_ms)
        if not entries:
            return 0
        try:
            await self._handle(handler, entries)
        except Exception:
            # One by one, so that what is good before the bad one is done with, and order is kept.
            for entry in entries:
                await self._handle_alone(handler, entry)
        return len(entries)

    async def _handle_alone(self, handler: Handler, entry: tuple[str, dict[str, str]]) -> None:
        place = entry[0]
        try:
            await self._handle(handler, [entry])
            self._failures.pop(place, None)
        except Exception as error:
            self._failures[place] = self._failures.get(place, 0) + 1
            if self._failures[place] < _GIVE_UP_AFTER:
                raise
            _log.error(
                "event_passed_over",
                consumer=self._name,
                event_id=entry[1].get("event_id"),
                reason=type(error).__name__,
            )
            self._failures.pop(place)
            await self._acknowledge(place)

    async def _handle(self, handler: Handler, entries: list[tuple[str, dict[str, str]]]) -> None:
        fresh = await self._unseen([fields for _, fields in entries if fields])
        events = await self._opened(fresh)
        now = self._clock.now()
        rows = [
            {"consumer": self._name, "event_id": fields["event_id"], "at": now} for fields in fresh
        ]
        async with self._db.transaction() as connection:
            if rows:  # whoever was at them at the same time fails at the key
                connection.later(seen_events.insert(), rows)
            if events:
                await handler(events)
        await self._acknowledge(*(place for place, _ in entries))

    async def _acknowledge(self, *places: str) -> None:
        await self._redis.xack(self._stream, self._name, *places)  # type: ignore[no-untyped-call]

    async def _unseen(self, published: list[dict[str, str]]) -> list[dict[str, str]]:
        """Return the events that this consumer has not seen."""
        by_id = {fields["event_id"]: fields for fields in published}
        query = select(seen_events.c.event_id).where(
            seen_events.c.consumer == self._name, seen_events.c.event_id.in_(by_id)
        )
        async with self._db.reading() as connection:
            for known in (await connection.execute(query)).scalars():
                del by_id[known]
        return list(by_id.values())

    async def _opened(self, published: list[dict[str, str]]) -> list[ConversationEvent]:
        opener = await self._keys.opener(fields["sealed"] for fields in published)
        events = []
        for fields in published:
            try:
                data = opener.json(fields["sealed"], PURPOSE)
            except PersonErased:
                continue
            at = datetime.fromtimestamp(float(fields["timestamp"]), timezone.utc)
            events.append(
                ConversationEvent(
                    fields["event_id"], fields["sender_id"], fields["event"], at, data
                )
            )
        return events

    async def _read(
        self, after: str, block_ms: int | None = None
    ) -> list[tuple[str, dict[str, str]]]:
        """Read what was handed out and not acknowledged (`0`), or what is new (`>`)."""
        for _ in range(2):
            try:
                found: Any = await self._redis.xreadgroup(
                    self._name, self._name, {self._stream: after}, count=self._batch, block=block_ms
                )
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
                await self._make_group()
            else:
                return list(found[0][1]) if found else []
        return []

    async def _make_group(self) -> None:
        try:
            await self._redis.xgroup_create(self._stream, self._name, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise
