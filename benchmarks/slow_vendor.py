"""A vendor of text messages on loopback that is slow and fails often."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from tests.fakes.twilio_caller import request

PUBLIC, TOKEN, ACCOUNT = "https://shop.example", "twilio-secret", "AC" + "1" * 32


@dataclass
class Vendor:
    """Twilio's API, slow and failing; counts what it took by address, and reports what it took as Twilio does."""

    delay_s: float
    failing: float
    gateway: str
    taken: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    reports: set[asyncio.Task[None]] = field(default_factory=set)

    async def messages(self, call: web.Request) -> web.Response:
        """Take a message or fail."""
        form = await call.post()
        await asyncio.sleep(self.delay_s)
        if random.random() < self.failing:
            self.refused += 1
            status = random.choice((500, 503, 429))
            headers = {"Retry-After": "1"} if status == 429 else {}
            code = {"code": 20429 if status == 429 else 20500, "status": status}
            return web.json_response(code, status=status, headers=headers)
        self.taken[str(form["To"])] += 1
        sid = f"SM{sum(self.taken.values()):032x}"
        callback = str(form["StatusCallback"]).removeprefix(PUBLIC)
        report = asyncio.create_task(self._report(callback, sid, str(form["To"])))
        self.reports.add(report)
        report.add_done_callback(self.reports.discard)
        return web.json_response({"sid": sid, "status": "queued"}, status=201)

    async def _report(self, path: str, sid: str, to: str) -> None:
        fields = {"MessageSid": sid, "AccountSid": ACCOUNT, "MessageStatus": "sent", "To": to}
        body, headers = request(TOKEN, PUBLIC, path, fields)
        for _ in range(5):  # Twilio repeats what is not acknowledged, too
            async with (
                aiohttp.ClientSession() as http,
                http.post(self.gateway + path, data=body, headers=headers) as answer,
            ):
                if answer.status // 100 == 2:
                    return
            await asyncio.sleep(1)
