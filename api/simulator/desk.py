"""What the simulator's handlers share: the services, who watches the page, and work that goes on after an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import contextmanager, suppress
from typing import Annotated, Any

from fastapi import Depends, Request
from ulid import ULID

from api.simulator.callers import WebhookCaller
from api.simulator.moods import Moods
from closer.kit.ids import new_id
from closer.kit.logging import get_logger
from closer.kit.tasks import end
from closer.providers.sandbox import SandboxMessage
from closer.providers.sandbox_account import sandbox_account
from closer.services import Services

_log = get_logger(__name__)
_BEAT_S = 15.0
_WAITING = 200


class Desk:
    """The process's parts.

    Args:
        services: The domain.
        gateway_url: Where webhooks are delivered; by default the gateway of this machine.
    """

    def __init__(self, services: Services, gateway_url: str | None = None) -> None:
        self.services = services
        self.settings = services.settings
        self.account = sandbox_account(services.settings)
        self.messages = services.sandbox
        self.moods = Moods(services.redis)
        self.caller = WebhookCaller(services.settings, gateway_url)
        self._watchers: set[asyncio.Queue[str]] = set()
        self._work: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something after the answer; a failure is logged."""
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._done)

    async def keep(self, message: SandboxMessage) -> None:
        """Store a message and show it."""
        await self.messages.keep(message)
        self.tell("message", as_json(message))

    async def became(self, message_id: str, state: str) -> None:
        """Note what became of a message and show it."""
        await self.messages.set_state(message_id, state)
        message = await self.messages.find(message_id)
        if message is not None:
            self.tell("message", as_json(message))

    def tell(self, kind: str, data: Any) -> None:
        """Show something on all open pages; one that does not read for long misses it."""
        event = f"event: {kind}\ndata: {json.dumps(data)}\n\n"
        for watcher in self._watchers:
            with suppress(asyncio.QueueFull):
                watcher.put_nowait(event)

    async def watch(self) -> AsyncIterator[str]:
        """Yield what happens from now on, as server-sent events."""
        queue: asyncio.Queue[str] = asyncio.Queue(_WAITING)
        with self._watching(queue):
            yield "retry: 1000\n\n"
            while True:
                try:
                    yield await asyncio.wait_for(queue.get(), _BEAT_S)
                except asyncio.TimeoutError:
                    yield ": still here\n\n"

    async def close(self) -> None:
        """End what is under way."""
        await end(*self._work)
        await self.caller.close()

    @contextmanager
    def _watching(self, queue: asyncio.Queue[str]) -> Any:
        self._watchers.add(queue)
        try:
            yield
        finally:
            self._watchers.discard(queue)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("simulator_failed", reason=f"{type(error).__name__}: {error}"[:200])


def vendor_id(prefix: str) -> str:
    """Return a fresh id as Twilio writes them, which sorts by time."""
    return f"{prefix}{ULID.from_str(new_id()).hex}"


def as_json(message: SandboxMessage) -> dict[str, Any]:
    """Return a message as the page reads it."""
    extras = message.extras
    return {
        "id": message.id,
        "channel": message.channel,
        "address": message.address,
        "subject": message.subject,
        "text": message.text,
        "at": message.at.isoformat(),
        "incoming": message.incoming,
        "state": message.state,
        "media": extras.get("media", []),
        "headers": extras.get("headers", {}),
        "has_html": bool(extras.get("html")),
        "files": extras.get("files", []),
    }


def desk_of(request: Request) -> Desk:
    """Return the desk of the process."""
    desk: Desk = request.app.state.desk
    return desk


DeskDep = Annotated[Desk, Depends(desk_of)]
