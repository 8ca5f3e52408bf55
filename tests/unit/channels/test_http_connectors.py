"""The connectors' doors: whose conversation a message enters, and who is turned away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import patch

import aiohttp
import pytest
import pytest_asyncio
from sanic import Sanic

from channels.turn import TurnInput
from channels.web import PACE, WebInput
from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.ids import new_id
from closer.kit.settings import get_settings
from closer.security.tokens import issue_token, verify_token
from closer.services import Services
from migrations.tables import all_tables
from tests.fakes.instances import free_ports
from tests.fakes.redis_server import running_redis

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
async def services(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Services]:
    database = tmp_path_factory.mktemp("door") / "door.sqlite3"
    with running_redis() as redis:
        made = Services(
            SETTINGS.copy(update={"database_url": f"sqlite:///{database}", "redis_url": redis.url})
        )
        async with made.db.engine.begin() as connection:
            await connection.run_sync(all_tables().create_all)
        yield made
        await made.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(
    services: Services,
) -> AsyncIterator[tuple[str, Recorder]]:  # Sanic starts one app a process only
    app = Sanic(new_id("door").replace("_", ""))
    for connector in (TurnInput(), WebInput()):
        with patch("channels.inputs.process_services", lambda: services):
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


@pytest_asyncio.fixture(loop_scope="module")
async def door(server: tuple[str, Recorder], services: Services) -> tuple[str, Recorder]:
    server[1].messages.clear()
    await services.redis.flushall()
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
        ("web/messages", {"text": "hi\x1b[2J"}, "visitor", 422),
        ("web/messages", {"text": "hi \ud800"}, "visitor", 422),
        ("web/messages", {"text": "hi", "payload": "/greet\x00"}, "visitor", 422),
        ("web/messages", {"text": "hi", "message_id": "m 1\n"}, "visitor", 422),
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


async def test_a_services_void_token_is_noticed_within_a_second(
    door: tuple[str, Recorder], services: Services
) -> None:
    base, chain = door
    body = {"message_id": "m", "channel": "sms", "conversation_id": "user456"}
    token = issue_token(SETTINGS, role="service")
    assert (await _post(f"{base}/turn/run", body, token))[0] == 200
    await services.accounts.logout(verify_token(SETTINGS, token, services.clock))
    await asyncio.sleep(1.05)
    status, problem = await _post(f"{base}/turn/run", body, token)
    assert (status, problem["code"]) == (401, "token_revoked")
    assert len(chain.messages) == 1


@pytest.mark.parametrize("how", ["logout", "new password", "closed"])
async def test_a_token_that_was_made_void_opens_nothing(
    door: tuple[str, Recorder], services: Services, how: str
) -> None:
    base, chain = door
    email, customer = f"{how.replace(' ', '-')}@example.org", f"ann-{how}"
    account = await services.accounts.create(
        email=email, password="a long enough word", customer_id=customer, verified=True
    )
    pair = await services.accounts.login(email, "a long enough word")
    status, _ = await _post(f"{base}/web/messages", {"text": "hi"}, pair.access_token)
    assert status == 200
    if how == "logout":
        await services.accounts.logout(pair.claims)
    elif how == "closed":
        await services.accounts.close(account.account_id)
    else:
        await services.accounts.change_password(
            account.account_id, "a long enough word", "quite another word"
        )
    status, problem = await _post(f"{base}/web/messages", {"text": "repeat"}, pair.access_token)
    assert (status, problem["code"]) == (401, "token_revoked")
    assert [message.text for message in chain.messages] == ["hi"]


async def test_a_person_may_send_so_many_messages_a_minute(door: tuple[str, Recorder]) -> None:
    base, chain = door
    own, other = (issue_token(SETTINGS, role="visitor", subject=f"vis_{n}") for n in "ab")
    sent, status = 0, 200
    while status == 200 and sent < 10 * PACE.calls:  # a second gives one message back
        status, problem = await _post(f"{base}/web/messages", {"text": "hi"}, own)
        sent += 1
    assert (status, problem["status"]) == (429, 429)
    assert len(chain.messages) == sent - 1 >= PACE.calls
    assert (await _post(f"{base}/web/messages", {"text": "hi"}, other))[0] == 200
