"""A small stand-in for the Rasa process: serves the turn with a real inbox and history, but without a dialogue."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from closer.conversations.records import InboxRecord
from closer.conversations.turn import Entity, InboundMessage, Intent, TurnResult, to_json
from closer.kit.errors import CloserError
from closer.security.roles import Permission
from closer.security.tokens import verify_token
from closer.services import Services

Reply = Callable[[InboundMessage], list[dict[str, Any]]]


def echo(message: InboundMessage) -> list[dict[str, Any]]:
    """Say what was said."""
    return [{"text": f"You said: {message.text}"}]


class RasaTurn:
    """Answers `POST /webhooks/turn/run` as the connector in `channels/turn.py` does.

    Attributes:
        reply: What is answered to a message.
        hold: While cleared, turns do not end.
        refuse: A status to answer instead.
        received: Messages in the order in which turns began.
        webhooks: Requests that came to other connectors: method, path and query, headers, body.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.reply: Reply = echo
        self.hold = asyncio.Event()
        self.hold.set()
        self.refuse: int | None = None
        self.received: list[InboundMessage] = []
        self.finished: list[str] = []
        self.webhooks: list[tuple[str, str, CIMultiDict[str], bytes]] = []
        self.webhook_answer: Callable[[web.Request], Awaitable[web.StreamResponse]] = _twiml
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=40 * 2**20)
        app.router.add_get("/", _hello)
        app.router.add_post("/webhooks/turn/run", self._run)
        app.router.add_post("/webhooks/turn/join", self._join)
        app.router.add_route("*", "/{tail:.*}", self._webhook)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port or self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            self.hold.set()
            await self._runner.cleanup()
            self._runner = None

    async def replay(self) -> int:
        """Process what is open in the inbox, as the real one does after a restart."""
        conversations, count = self.services.conversations, 0
        for conversation_id in await conversations.waiting():
            while (record := await conversations.claim_next(conversation_id)) is not None:
                await self._answer(record)
                count += 1
        return count

    async def _run(self, request: web.Request) -> web.Response:
        try:
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            verify_token(self.services.settings, token).require(Permission.TURN_RUN)
            message = InboundMessage.parse_obj(await request.json())
            if self.refuse:
                return web.json_response({}, status=self.refuse)
            return web.json_response(to_json(await self._process(message)))
        except CloserError as error:
            return web.json_response(error.as_problem(), status=error.status)

    async def _join(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        verify_token(self.services.settings, token).require(Permission.TURN_RUN)
        join = await self.services.joins.find((await request.json())["visitor_id"])
        assert join is not None
        await self.services.joins.hand_over(join)
        return web.json_response({"joined": True})

    async def _process(self, message: InboundMessage) -> TurnResult:
        while True:
            own, claimed = await self.services.conversations.take(message)
            if own.result is not None:
                return own.result.copy(update={"repeated": True})
            if claimed is None:
                await asyncio.sleep(0.02)
                continue
            result = await self._answer(claimed)
            if claimed.id == own.id:
                return result

    async def _answer(self, record: InboxRecord) -> TurnResult:
        self.received.append(record.message)
        await self.hold.wait()
        result = self._result(record.message)
        await self.services.conversations.finish(record, result)
        await self.services.conversations.announce(result.conversation_id, result.replies)
        self.finished.append(record.message.message_id)
        return result

    def _result(self, message: InboundMessage) -> TurnResult:
        entry = self.services.conversations.entry
        replies = [
            entry("assistant", message.channel, number, message_id=message.message_id, **content)
            for number, content in enumerate(self.reply(message))
        ]
        return TurnResult(
            message_id=message.message_id,
            conversation_id=message.conversation_id,
            replies=replies,
            intent=Intent(name="track_order", confidence=0.93),
            entities=[Entity(entity="order_id", value="12345", raw="#12345", start=0, end=6)],
            actions=["action_track_order"],
            model_version="test-model",
            stages_ms={"parse": 1.0},
        )

    async def _webhook(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.webhooks.append((request.method, request.raw_path, request.headers.copy(), body))
        return await self.webhook_answer(request)


async def _hello(_: web.Request) -> web.Response:
    return web.Response(text="Hello from Rasa: 3.6.21")


async def _twiml(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<Response/>", content_type="text/xml")
