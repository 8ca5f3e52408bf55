"""Local servers that speak Twilio's and SendGrid's HTTP API, and one that takes webhooks."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.fakes import sendgrid_api, twilio_api


@dataclass
class Answer:
    """What the vendor answers next instead of success."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


class FakeVendors:
    """Notes requests and answers as the vendors do.

    Attributes:
        sms: The form fields of each accepted SMS.
        mails: The JSON of each accepted mail.
        hooks: Headers and body of each accepted webhook.
        attempts: How many requests came in all.
        violations: What Twilio's published description forbids and was sent nevertheless.
        files: Type and content of files that came with messages, by name.
        answers: What to answer to the next requests; success when empty.
        hang_ups: How many of the next messages are taken without an answer: the connection breaks.
    """

    sid, token, key = "AC" + "1" * 32, "twilio-secret", "SG.secret"

    def __init__(self) -> None:
        self.sms: list[dict[str, list[str]]] = []
        self.mails: list[dict[str, Any]] = []
        self.hooks: list[tuple[dict[str, str], str]] = []
        self.attempts = 0
        self.violations: list[str] = []
        self.answers: list[Answer] = []
        self.hang_ups = 0
        self.files: dict[str, tuple[str, bytes]] = {}
        self.url = ""

    async def _refusal(self) -> web.Response | None:
        self.attempts += 1
        if not self.answers:
            return None
        answer = self.answers.pop(0)
        await asyncio.sleep(answer.delay_s)
        return web.json_response(answer.body, status=answer.status, headers=answer.headers)

    async def twilio(self, request: web.Request) -> web.Response:
        """POST /2010-04-01/Accounts/{sid}/Messages.json."""
        expected = base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return web.json_response(
                {"code": 20003, "message": "Authenticate", "status": 401}, status=401
            )
        form = await request.post()
        fields = {name: [str(value) for value in form.getall(name)] for name in form}
        refused = await self._refusal()
        if refused is not None:
            return refused
        error = twilio_api.message_error(fields)
        if error is not None:
            self.violations.append(str(error))
            return web.json_response(error, status=400)
        self.sms.append(fields)
        self._maybe_hang_up(request)
        return web.json_response(twilio_api.created(self.sid, len(self.sms), fields), status=201)

    async def media(self, request: web.Request) -> web.StreamResponse:
        """GET a file of a message: with the password, then elsewhere without."""
        refused = await self._refusal()
        if refused is not None:
            return refused
        if request.query.get("at") == "cdn":
            assert "Authorization" not in request.headers or request.host == self.url[7:]
            content_type, content = self.files[request.match_info["name"]]
            return web.Response(body=content, content_type=content_type)
        expected = base64.b64encode(f"{self.sid}:{self.token}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return web.Response(status=401)
        if request.match_info["name"] not in self.files:
            return web.Response(status=404)
        raise web.HTTPTemporaryRedirect(f"{request.path}?at=cdn")

    async def sendgrid(self, request: web.Request) -> web.Response:
        """POST /v3/mail/send."""
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.json_response({"errors": [{"message": "unauthorized"}]}, status=401)
        mail = json.loads(await request.text())
        wrong = sendgrid_api.violations(mail)
        if wrong:
            return web.json_response({"errors": [{"message": text} for text in wrong]}, status=400)
        refused = await self._refusal()
        if refused is not None:
            return refused
        self.mails.append(mail)
        self._maybe_hang_up(request)
        return web.Response(status=202, headers={"X-Message-Id": f"mail-{len(self.mails)}"})

    def _maybe_hang_up(self, request: web.Request) -> None:
        if self.hang_ups and request.transport is not None:
            self.hang_ups -= 1
            request.transport.close()

    async def hook(self, request: web.Request) -> web.Response:
        """POST /hook."""
        body = await request.text()
        refused = await self._refusal()
        if refused is not None:
            return refused
        self.hooks.append((dict(request.headers), body))
        self._maybe_hang_up(request)
        return web.Response(status=204)


@asynccontextmanager
async def fake_vendors() -> AsyncIterator[FakeVendors]:
    """Run the vendors on a free port of this machine."""
    vendors = FakeVendors()
    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{sid}/Messages.json", vendors.twilio)
    app.router.add_get("/media/{name}", vendors.media)
    app.router.add_post("/v3/mail/send", vendors.sendgrid)
    app.router.add_post("/hook", vendors.hook)
    server = TestServer(app)
    await server.start_server()
    vendors.url = str(server.make_url("")).rstrip("/")
    try:
        yield vendors
    finally:
        await server.close()
