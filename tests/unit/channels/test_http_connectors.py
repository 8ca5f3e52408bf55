"""The connectors' doors: whose conversation a message enters, and who is turned away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from sanic import Sanic

from channels.turn import TurnInput
from channels.web import WebInput
from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.ids import new_id
from closer.kit.settings import get_settings
from closer.security.tokens import issue_token
from tests.fakes.instances import free_ports

pytestmark = pytest.mark.asyncio(loop_scope="module")
SETTINGS = get_settings()


class Recorder:
    """Stands where the inbound chain stands and keeps what reaches it."""

    def __init__(self) -> None:
        self.messages: list[InboundMessage] = []

    async def run(self, message: InboundMessage) -> TurnResult:
        self.messages.append(message)
        return TurnResult(message_id=message.message_id, conversation_id=message.conversation_id)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[tuple[str, Recorder]]:  # Sanic starts one app a process only
    app = Sanic(new_id("door").replace("_", ""))
    for connector in (TurnInput(), WebInput()):
        blueprint = connector.blueprint(None)  # type: ignore[arg-type]
        blueprint._future_listeners.clear()  # the listeners of the turn start the real chain
        app.blueprint(blueprint, url_prefix=f"/webhooks/{connector.name()}")
    app.ctx.chain = Recorder()
    [port] = free_ports(1)
    running = await app.create_server(
        host="127.0.0.1", port=port, return_asyncio_server=True, access_log=False
    )
    await running.startup()
    yield f"http://127.0.0.1:{port}/webhooks", app.ctx.chain
    running.close()
    await asyncio.sleep(0)


@pytest.fixture
def door(server: tuple[str, Recorder]) -> tuple[str, Recorder]:
    server[1].messages.clear()
    return server


async def _post(url: str, body: Any, token: str | None) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=body, headers=headers) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


async def test_a_customers_message_enters_their_own_conversation(
    door: tuple[str, Recorder],
) -> None:
    base, chain = door
    token = issue_token(SETTINGS, role="customer", customer_id="user123")
    body = {
        "message_id": "m1",
        "text": "hello",
        "conversation_id": "user456",
        "customer_id": "user456",
    }
    status, turn = await _post(f"{base}/web/messages", body, token)
    assert (status, turn["conversation_id"]) == (200, "user123")
    [message] = chain.messages
    assert (message.customer_id, message.proven, message.channel) == ("user123", True, "web")


async def test_a_visitor_is_not_proven(door: tuple[str, Recorder]) -> None:
    base, chain = door
    status, _ = await _post(
        f"{base}/web/messages", {"text": "hello"}, issue_token(SETTINGS, role="visitor")
    )
    assert status == 200
    assert chain.messages[0].customer_id is None
    assert not chain.messages[0].proven


@pytest.mark.parametrize(
    ("path", "body", "role", "status"),
    [
        ("web/messages", {"text": "hi"}, None, 401),
        ("web/messages", {"text": "hi"}, "service", 403),
        ("web/messages", {"text": "  "}, "visitor", 422),
        ("web/messages", {"text": "x" * 10_001}, "visitor", 422),
        ("web/messages", ["hi"], "visitor", 422),
        (
            "turn/run",
            {"message_id": "m", "channel": "web", "conversation_id": "user456"},
            "visitor",
            403,
        ),
        (
            "turn/run",
            {"message_id": "m", "channel": "web", "conversation_id": "user456"},
            None,
            401,
        ),
        ("turn/run", {"text": "hi"}, "service", 422),
    ],
)
async def test_who_and_what_is_turned_away(
    door: tuple[str, Recorder], path: str, body: Any, role: str | None, status: int
) -> None:
    base, chain = door
    token = issue_token(SETTINGS, role=role) if role else None
    got, problem = await _post(f"{base}/{path}", body, token)
    assert got == status
    assert problem["status"] == status
    assert chain.messages == []


async def test_a_service_may_run_a_turn_for_a_customer(door: tuple[str, Recorder]) -> None:
    base, chain = door
    body = {
        "message_id": "m",
        "channel": "sms",
        "conversation_id": "user456",
        "customer_id": "user456",
    }
    status, _ = await _post(f"{base}/turn/run", body, issue_token(SETTINGS, role="service"))
    assert status == 200
    assert chain.messages[0].channel == "sms"
