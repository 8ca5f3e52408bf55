"""The connectors of the Rasa process on a real server, with inbox, outbox and database, and an echo for the dialogue.

A module of tests shares one server; `Line.fresh` empties its database.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aiohttp
from rasa.core.channels.channel import InputChannel
from sanic import Sanic
from sanic.touchup import TouchUp

from channels.base import InboundChain
from channels.connector import connectors_of
from closer.conversations.turn import InboundMessage, TaskState, TurnResult
from closer.kit.ids import new_id
from closer.kit.pagination import PageRequest
from closer.kit.settings import Settings, get_settings
from closer.notifications.records import Notification
from closer.providers.twilio_webhooks import auth_token
from closer.services import Services
from migrations.tables import all_tables
from rasa_ext.turn import Turn
from tests.fakes import twilio_caller
from tests.fakes.instances import free_ports
from tests.fakes.redis_server import RedisServer

PUBLIC = "https://shop.example"
Reply = Callable[[InboundMessage, str], list[dict[str, Any]]]


class Echo:
    """Stands where the agent stands: answers with what the dialogue would have read."""

    def __init__(self, services: Services) -> None:
        self._entry = services.conversations.entry
        self.read: list[tuple[InboundMessage, str]] = []
        self.reply: Reply = lambda _, text: [{"text": f"You said: {text}"}]
        self.task: TaskState | None = None
        self.hold = asyncio.Event()
        self.hold.set()

    @asynccontextmanager
    async def turn(self, message: InboundMessage, text: str) -> AsyncIterator[Turn]:
        await self.hold.wait()
        self.read.append((message, text))
        replies = [
            self._entry(
                "assistant", message.channel, number, message_id=message.message_id, **content
            )
            for number, content in enumerate(self.reply(message, text))
        ]
        result = TurnResult(
            message_id=message.message_id,
            conversation_id=message.conversation_id,
            replies=replies,
            task=self.task,
        )
        yield Turn(result, self._nothing)

    async def _nothing(self) -> None:
        """There is no tracker to be saved."""


class Line:
    """A line to the connectors, and the parts behind them."""

    def __init__(
        self, url: str, http: aiohttp.ClientSession, services: Services, app: Sanic
    ) -> None:
        self.url, self.http, self.services, self.app = url, http, services, app
        self.echo = Echo(services)
        self.chain: InboundChain = app.ctx.chain

    async def fresh(self) -> None:
        """Forget everything."""
        await self.idle()
        self.echo = self.chain._runner = Echo(self.services)  # type: ignore[assignment]
        async with self.services.db.transaction() as connection:
            for table in reversed(all_tables().sorted_tables):
                await connection.execute(table.delete())
        await self.services.redis.flushall()

    async def twilio(
        self, path: str, fields: dict[str, str], **headers: str
    ) -> tuple[int, str, str]:
        """Call a webhook as Twilio does; return status, content type and body."""
        body, signed = twilio_caller.request(
            auth_token(self.services.settings), PUBLIC, path, fields
        )
        return await self.post(path, body, {**signed, **headers})

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, str]:
        """Call a webhook with whatever body and headers."""
        async with self.http.post(self.url + path, data=body, headers=headers) as answer:
            return answer.status, answer.content_type, await answer.text()

    async def text(self, body: str, number: str = "+12025550123", **more: str) -> str:
        """Send a text message, wait until it is dealt with, and return its id."""
        fields = twilio_caller.sms(body, number, **more)
        status, _, answer = await self.twilio("/webhooks/sms/inbound", fields)
        assert status == 200, answer
        await self.idle()
        return fields["MessageSid"]

    async def idle(self) -> None:
        """Wait until nothing runs in the background."""
        while self.chain._background:
            await asyncio.gather(*self.chain._background, return_exceptions=True)

    async def outbox(self) -> list[Notification]:
        """Return what is to be sent, the oldest first."""
        page = await self.services.notifications.list(PageRequest(limit=100))
        return list(page.items)[::-1]


def _touch_up(app: Sanic, *, real: Callable[[Sanic], None] = TouchUp.run) -> None:
    """Let Sanic rewrite its own methods, which works once a process."""
    with suppress(KeyError):
        real(app)


@asynccontextmanager
async def connected(
    folder: Path, redis: RedisServer, *connectors: InputChannel, **settings: Any
) -> AsyncIterator[Line]:
    """Serve connectors under their usual paths."""
    own = get_settings()
    services = Services(
        Settings(
            data_dir=folder,
            database_url=f"sqlite:///{folder / 'line.sqlite3'}",
            redis_url=redis.url,
            secret_key=own.secret_key,
            encryption_keys=own.encryption_keys,
            public_url=PUBLIC,
            **settings,
        )
    )
    async with services.db.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    app = Sanic(new_id("line").replace("_", ""))
    for connector in connectors:
        with patch("channels.inputs.process_services", lambda: services):
            blueprint = connector.blueprint(None)  # type: ignore[arg-type]
        app.blueprint(blueprint, url_prefix=f"/webhooks/{connector.name()}")
    app.ctx.chain = InboundChain(None, services, connectors_of(app))  # type: ignore[arg-type]
    [port] = free_ports(1)
    with patch("sanic.app.TouchUp.run", _touch_up):
        running = await app.create_server(
            host="127.0.0.1", port=port, return_asyncio_server=True, access_log=False
        )
        await running.startup()
    await running.before_start()
    async with aiohttp.ClientSession() as http:
        line = Line(f"http://127.0.0.1:{port}", http, services, app)
        yield line
        await line.idle()
    running.close()
    await services.close()
