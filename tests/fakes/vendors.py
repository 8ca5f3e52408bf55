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
        answers: What to answer to the next requests; success when empty.
    """

    sid, token, key = "AC" + "1" * 32, "twilio-secret", "SG.secret"

    def __init__(self) -> None:
        self.sms: list[dict[str, list[str]]] = []
        self.mails: list[dict[str, Any]] = []
        self.hooks: list[tuple[dict[str, str], str]] = []
        self.attempts = 0
        self.answers: list[Answer] = []
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
        refused = await self._refusal()
        if refused is not None:
            return refused
        self.sms.append({name: [str(value) for value in form.getall(name)] for name in form})
        sid = f"SM{len(self.sms):032x}"
        return web.json_response({"sid": sid, "status": "queued", "to": form["To"]}, status=201)

    async def sendgrid(self, request: web.Request) -> web.Response:
        """POST /v3/mail/send."""
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.json_response({"errors": [{"message": "unauthorized"}]}, status=401)
        mail = json.loads(await request.text())
        refused = await self._refusal()
        if refused is not None:
            return refused
        self.mails.append(mail)
        return web.Response(status=202, headers={"X-Message-Id": f"mail-{len(self.mails)}"})

    async def hook(self, request: web.Request) -> web.Response:
        """POST /hook."""
        body = await request.text()
        refused = await self._refusal()
        if refused is not None:
            return refused
        self.hooks.append((dict(request.headers), body))
        return web.Response(status=204)


@asynccontextmanager
async def fake_vendors() -> AsyncIterator[FakeVendors]:
    """Run the vendors on a free port of this machine."""
    vendors = FakeVendors()
    app = web.Application()
    app.router.add_post("/2010-04-01/Accounts/{sid}/Messages.json", vendors.twilio)
    app.router.add_post("/v3/mail/send", vendors.sendgrid)
    app.router.add_post("/hook", vendors.hook)
    server = TestServer(app)
    await server.start_server()
    vendors.url = str(server.make_url("")).rstrip("/")
    try:
        yield vendors
    finally:
        await server.close()
