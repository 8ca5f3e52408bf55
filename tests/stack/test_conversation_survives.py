"""What was acknowledged is answered, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
import os
import signal
import uuid
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from closer.security.accounts import DEMO_PASSWORD
from scripts.stack.instance import Instance
from scripts.stack.records import read_record
from tests.fakes.instances import bring_up, new_instance

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


class Chat:
    """A customer's socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def say(self, text: str) -> str:
        """Send a message and return its id once it is acknowledged."""
        message_id = str(uuid.uuid4())
        await self._socket.send_json({"type": "message", "message_id": message_id, "text": text})
        await self.until(lambda frame: frame["type"] == "ack" and frame["message_id"] == message_id)
        return message_id

    async def until(self, wanted: Any, timeout: float = 60) -> dict[str, Any]:
        """Return the first frame that is wanted."""
        while True:
            frame = await asyncio.wait_for(self._socket.receive_json(), timeout)
            if wanted(frame):
                return frame


async def _connect(
    session: aiohttp.ClientSession, base: str, after: str | None = None
) -> tuple[Chat, dict[str, Any]]:
    async with session.get(f"{base}/api/v1/demo/customers") as answer:
        known = await answer.json()
    customers = known["customers"] if isinstance(known, dict) else known
    email = next(c["email"] for c in customers if c["customer_id"] == "user123")
    login = {"email": email, "password": DEMO_PASSWORD}
    async with session.post(f"{base}/api/v1/auth/login", json=login) as answer:
        token = (await answer.json())["access_token"]
    socket = await session.ws_connect(f"{base}/api/v1/chat/socket")
    await socket.send_json({"type": "hello", "token": token, **({"after": after} if after else {})})
    chat = Chat(socket)
    return chat, await chat.until(lambda frame: frame["type"] == "welcome")


def _kill(instance: Instance, name: str) -> None:
    record = read_record(instance.run_dir, name)
    assert record is not None
    process = record.process()
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)


@pytest.fixture
def product(tmp_path: Path) -> Any:
    with new_instance(tmp_path) as instance:
        bring_up(instance)
        yield instance


async def test_every_acknowledged_message_is_answered_once(product: Instance) -> None:
    base = f"http://127.0.0.1:{product.settings.port}"
    sent: list[str] = []
    for victim in ("rasa", "actions", "redis", "gateway"):
        async with aiohttp.ClientSession() as session:
            chat, _ = await _connect(session, base)
            sent.append(await chat.say("where is my order 12345"))
            _kill(product, victim)
        await asyncio.to_thread(bring_up, product)
    async with aiohttp.ClientSession() as session:
        for _ in range(60):
            _, welcome = await _connect(session, base)
            answered = [
                e["message_id"]
                for e in welcome["history"]
                if e["from"] == "assistant" and e.get("text")
            ]
            if set(sent) <= set(answered):
                break
            await asyncio.sleep(1)
    assert set(sent) <= set(answered), "an acknowledged message was not answered"
    tracked = [
        e
        for e in welcome["history"]
        if e["from"] == "assistant" and "12345" in (e.get("text") or "")
    ]
    per_message = {
        message_id: sum(e["message_id"] == message_id for e in tracked) for message_id in sent
    }
    assert all(count <= 1 for count in per_message.values()), per_message
