"""The hub: what is announced in conversations by any process reaches the sockets that this gateway holds.

One Redis subscription serves all sockets. Redis tells of new entries at once but keeps nothing; whenever something may
have been missed (reconnection, Redis away, a slow socket) listeners get `None`: look into the history yourself.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from closer.conversations.service import conversation_channel
from closer.kit.ids import new_id
from closer.kit.logging import get_logger
from closer.kit.redis import REDIS_AWAY
from closer.kit.tasks import end

_log = get_logger(__name__)

_AWAY = (*REDIS_AWAY, RedisError, RuntimeError)
_POLL_S = 2.0
_QUEUE = 500
_READY_S = 1.0
_SAID = conversation_channel("")
_NUDGED = "closer:nudge:"


class Listener:
    """What one socket hears: entries as JSON data, or None for "something may be new"."""

    def __init__(self, conversation_id: str) -> None:
        self.conversation_id = conversation_id
        self.ready = asyncio.Event()
        self._queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(_QUEUE)
        self._nudged = False

    def tell(self, entry: dict[str, Any] | None) -> None:
        """Hand over an announcement; repeated nudges count once, a full queue becomes a nudge."""
        if entry is None or self._queue.qsize() >= _QUEUE - 1:
            if not self._nudged:
                self._nudged = True
                self._queue.put_nowait(None)
            return
        self._queue.put_nowait(entry)

    async def hear(self) -> dict[str, Any] | None:
        """Wait for the next announcement."""
        entry = await self._queue.get()
        if entry is None:
            self._nudged = False
        return entry


class Hub:
    """Subscribes to the conversations whose sockets are here.

    Args:
        redis: The process's client.
    """

    def __init__(self, redis: Redis[Any]) -> None:
        self._redis = redis
        self._id = new_id()
        self._home = f"closer:gateway:{self._id}"
        self._pubsub: Any = None
        self._lock = asyncio.Lock()
        self._listeners: dict[str, set[Listener]] = {}
        self._task: asyncio.Task[None] | None = None
        self._connections = 0
        self._nudges: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to listen."""
        self._pubsub = self._redis.pubsub()
        self._task = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Stop listening."""
        await end(self._task, *self._nudges)
        with suppress(*_AWAY):
            await self._pubsub.close()

    @asynccontextmanager
    async def listening(self, conversation_id: str) -> AsyncIterator[Listener]:
        """Hear a conversation; once inside, nothing that is announced is missed unnoticed."""
        listener = Listener(conversation_id)
        first = conversation_id not in self._listeners
        self._listeners.setdefault(conversation_id, set()).add(listener)
        try:
            if first:
                await self._reconcile()
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(listener.ready.wait(), _READY_S)
            yield listener
        finally:
            self._listeners[conversation_id].discard(listener)
            if not self._listeners[conversation_id]:
                del self._listeners[conversation_id]
            await self._reconcile()

    def sockets(self, conversation_id: str) -> int:
        """Return how many sockets of a conversation are here."""
        return len(self._listeners.get(conversation_id, ()))

    def nudge(self, conversation_id: str) -> None:
        """Make every socket of a conversation, here and elsewhere, look for news and check its token.

        Nobody waits for Redis: those here are told at once, those elsewhere when it answers.
        """
        for listener in self._here(conversation_id):
            listener.tell(None)
        task = asyncio.create_task(self._publish(conversation_id))
        self._nudges.add(task)
        task.add_done_callback(self._nudges.discard)

    async def _publish(self, conversation_id: str) -> None:
        with suppress(*_AWAY):
            await self._redis.publish(f"{_NUDGED}{conversation_id}", self._id)

    def _wanted(self) -> set[str]:
        names = {self._home}
        for conversation_id in self._listeners:
            names |= {conversation_channel(conversation_id), f"{_NUDGED}{conversation_id}"}
        return names

    async def _reconcile(self) -> None:
        """Subscribe to what is wanted and only to that; what fails now is tried again by `_listen`."""
        with suppress(*_AWAY):
            async with self._lock:
                wanted, have = self._wanted(), set(self._pubsub.channels)
                if wanted - have:
                    await self._pubsub.subscribe(*(wanted - have))
                if have - wanted:
                    await self._pubsub.unsubscribe(*(have - wanted))

    async def _listen(self) -> None:
        while True:
            try:
                await self._reconcile()
                message = await self._pubsub.get_message(timeout=_POLL_S)
                if message is not None:
                    self._route(message)
            except _AWAY as error:
                _log.warning("announcements_away", reason=type(error).__name__)
                self._tell_all()
                await asyncio.sleep(_POLL_S)
            except Exception:
                _log.exception("announcement_lost")

    def _route(self, message: dict[str, Any]) -> None:
        kind, channel = message["type"], str(message["channel"])
        if kind == "subscribe" and channel == self._home:
            self._connections += 1
            if self._connections > 1:  # subscribed again: the connection was lost for a while
                self._tell_all()
        elif channel.startswith(_SAID):
            for listener in self._here(channel.removeprefix(_SAID)):
                if kind == "subscribe":
                    listener.ready.set()
                elif kind == "message":
                    listener.tell(json.loads(message["data"]))
        elif channel.startswith(_NUDGED) and kind == "message" and message["data"] != self._id:
            for listener in self._here(channel.removeprefix(_NUDGED)):
                listener.tell(None)

    def _here(self, conversation_id: str) -> list[Listener]:
        return list(self._listeners.get(conversation_id, ()))

    def _tell_all(self) -> None:
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.tell(None)
