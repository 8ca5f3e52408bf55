"""An action that the action server cannot run costs its own message only: five tries, an apology, then the next one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from channels.base import InboxReplay
from closer.conversations.service import MAX_ATTEMPTS
from closer.kit.errors import Unavailable
from closer.kit.pagination import PageRequest
from closer.messaging import wording
from rasa_ext.action_endpoint import WatchedEndpoint
from tests.conversations.harness import Bot

pytestmark = pytest.mark.rasa


class Broken:
    """An action server that answers every call with one status."""

    def __init__(self) -> None:
        self.status = 500
        self.calls = 0

    async def answer(self, _: web.Request) -> web.StreamResponse:
        self.calls += 1
        return web.json_response({"error": "a bug"}, status=self.status)


@pytest.fixture
async def broken(bot: Bot) -> AsyncIterator[Broken]:
    server = Broken()
    app = web.Application(client_max_size=2**24)
    app.router.add_post("/webhook", server.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    endpoint = WatchedEndpoint(f"http://127.0.0.1:{runner.addresses[0][1]}/webhook")
    assert bot.agent.processor is not None
    bot.agent.action_endpoint = bot.agent.processor.action_endpoint = endpoint
    yield server
    await endpoint.close()
    await runner.cleanup()


@pytest.mark.parametrize("status", [404, 500])
async def test_a_message_whose_action_is_broken_is_put_aside(
    bot: Bot, broken: Broken, status: int
) -> None:
    broken.status = status
    with pytest.raises(Unavailable):
        await bot.hears("where is my order 12345", customer="user123")
    for _ in range(MAX_ATTEMPTS):
        await InboxReplay(bot.chain, bot.services).run_once()
    assert broken.calls == MAX_ATTEMPTS
    history = await bot.services.conversations.history("user123", PageRequest())
    assert history.items[-1].text == wording.gave_up()
    assert await bot.services.conversations.waiting() == []


async def test_an_action_server_that_is_away_is_waited_for(bot: Bot, broken: Broken) -> None:
    broken.status = 503
    with pytest.raises(Unavailable):
        await bot.hears("where is my order 12345", customer="user123")
    for _ in range(MAX_ATTEMPTS):
        await InboxReplay(bot.chain, bot.services).run_once()
    assert broken.calls == MAX_ATTEMPTS + 1
    assert await bot.services.conversations.waiting() == ["user123"]
