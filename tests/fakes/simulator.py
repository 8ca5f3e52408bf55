"""The simulator before the connectors of the Rasa process, both on real servers; a test does what its page does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from fastapi import FastAPI

from api.simulator.app import create_app
from channels.email import EmailInput
from channels.sms import SmsInput
from channels.voice import VoiceInput
from closer.providers.sandbox_account import OUR_COLLEAGUE
from tests.fakes.connectors import Line, connected
from tests.fakes.instances import free_ports
from tests.fakes.redis_server import running_redis
from tests.fakes.servers import serving

ANN, MAIL = "+12025550123", "ann@example.org"
WITHIN_S = 10.0


@dataclass
class Page:
    """Does what the simulator's page does.

    Attributes:
        url: Where the simulator is.
        http: The connection to it.
        line: The connectors that it reaches.
        app: The simulator itself.
    """

    url: str
    http: aiohttp.ClientSession
    line: Line
    app: FastAPI

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask the simulator and insist that it agrees."""
        status, answer = await self.tries(method, path, body, **headers)
        assert status < 300, answer
        return answer

    async def tries(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Ask the simulator."""
        async with self.http.request(method, self.url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def text(self, text: str, **more: Any) -> dict[str, Any]:
        """Write a text message and let the answer be delivered."""
        sent = await self.ask("POST", "/api/texts", {"number": ANN, "text": text, **more})
        await self.line.idle()
        await self.line.services.notifications.deliver_due()
        return dict(sent)

    async def messages(self) -> list[dict[str, Any]]:
        """Return what Ann wrote and got."""
        return list(await self.ask("GET", f"/api/messages?number=%2B{ANN[1:]}&mail={MAIL}"))

    async def call(self, sid: str, state: str) -> dict[str, Any]:
        """Wait until a call is in a state."""
        calls = self.app.state.calls

        async def there() -> bool:
            return bool(calls[sid].state == state)

        await until(there)
        return dict(calls[sid].as_json())


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds."""

    async def look() -> None:
        while not await holds():  # noqa: ASYNC110 - there is nothing to be told by
            await asyncio.sleep(0.02)

    await asyncio.wait_for(look(), WITHIN_S)


@asynccontextmanager
async def simulated(folder: Path) -> AsyncIterator[Page]:
    """Serve the simulator and the connectors that it reaches."""
    [port] = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    channels = (SmsInput(), EmailInput(), VoiceInput())
    with running_redis() as redis:
        async with connected(
            folder, redis, *channels, simulator_url=url, voice_agent_number=OUR_COLLEAGUE
        ) as line:
            app = create_app(line.services, gateway_url=line.url)
            async with serving(app, port):
                yield Page(url, line.http, line, app)
