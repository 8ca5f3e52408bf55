"""The way to the action server: connections are kept, a broken one is replaced, a failure ends the turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from rasa.core.agent import Agent
from rasa.utils.endpoints import ClientResponseError

from closer.kit.settings import load_settings
from rasa_ext.action_endpoint import TurnAborted, WatchedEndpoint, in_turn
from rasa_ext.wiring import adapt

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ActionServer:
    """Answers as told and remembers over which connections it was asked."""

    def __init__(self) -> None:
        self.connections: list[object] = []
        self.answer: Answer = self._echo
        self.port = 0

    async def _echo(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"events": [], "asked": (await request.json())["next_action"]})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.connections.append(request.transport)
        return await self.answer(request)


@pytest.fixture
async def server() -> AsyncIterator[ActionServer]:
    stand_in = ActionServer()
    app = web.Application()
    app.router.add_post("/webhook", stand_in.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stand_in.port = runner.addresses[0][1]
    yield stand_in
    await runner.cleanup()


@pytest.fixture
async def endpoint(server: ActionServer) -> AsyncIterator[WatchedEndpoint]:
    made = WatchedEndpoint(f"http://127.0.0.1:{server.port}/webhook")
    yield made
    await made.close()


async def test_calls_one_after_the_other_share_a_connection(
    server: ActionServer, endpoint: WatchedEndpoint
) -> None:
    for name in ("one", "two", "three"):
        answer = await endpoint.request(json={"next_action": name}, method="post")
        assert answer["asked"] == name
    assert len(set(server.connections)) == 1


async def test_calls_at_once_do_not_wait_for_each_other(
    server: ActionServer, endpoint: WatchedEndpoint
) -> None:
    together = asyncio.Event()

    async def wait_for_both(request: web.Request) -> web.StreamResponse:
        if len(server.connections) == 2:
            together.set()
        await asyncio.wait_for(together.wait(), 5)
        return web.json_response({})

    server.answer = wait_for_both
    await asyncio.gather(*(endpoint.request(json={}) for _ in range(2)))


async def test_a_broken_connection_is_replaced_once(
    server: ActionServer, endpoint: WatchedEndpoint
) -> None:
    await endpoint.request(json={"next_action": "first"})
    echo = server.answer

    async def break_off(request: web.Request) -> web.StreamResponse:
        server.answer = echo
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    server.answer = break_off
    in_turn.set(True)
    assert (await endpoint.request(json={"next_action": "second"}))["asked"] == "second"


@pytest.mark.parametrize(
    ("turn", "status", "raised"),
    [(True, 500, TurnAborted), (True, 400, ClientResponseError), (False, 500, ClientResponseError)],
)
async def test_a_failure_ends_a_turn_and_a_refusal_does_not(
    server: ActionServer,
    endpoint: WatchedEndpoint,
    turn: bool,
    status: int,
    raised: type[BaseException],
) -> None:
    async def fail(_: web.Request) -> web.StreamResponse:
        return web.json_response({"error": "no"}, status=status)

    server.answer = fail
    in_turn.set(turn)
    with pytest.raises(raised):
        await endpoint.request(json={"next_action": "any"})
    assert len(server.connections) == 1, "an answer is an answer: it is not asked for again"


@pytest.mark.parametrize(
    ("status", "outage"), [(404, False), (500, False), (502, True), (503, True), (504, True)]
)
async def test_only_who_is_away_counts_as_an_outage(
    server: ActionServer, endpoint: WatchedEndpoint, status: int, outage: bool
) -> None:
    async def fail(_: web.Request) -> web.StreamResponse:
        return web.json_response({"error": "no"}, status=status)

    server.answer = fail
    in_turn.set(True)
    with pytest.raises(TurnAborted, match=f"ClientResponseError {status}") as aborted:
        await endpoint.request(json={"next_action": "any"})
    assert aborted.value.outage is outage


async def test_an_answer_that_cannot_be_read_is_no_outage(
    server: ActionServer, endpoint: WatchedEndpoint
) -> None:
    async def babble(_: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>")

    server.answer = babble
    in_turn.set(True)
    with pytest.raises(TurnAborted) as aborted:
        await endpoint.request(json={"next_action": "any"})
    assert not aborted.value.outage


async def test_a_turn_ends_when_nobody_is_there() -> None:
    nobody = WatchedEndpoint("http://127.0.0.1:9/webhook")
    in_turn.set(True)
    with pytest.raises(TurnAborted, match="ClientConnectorError") as aborted:
        await nobody.request(json={})
    assert aborted.value.outage
    await nobody.close()


async def test_a_server_that_hangs_is_not_waited_for_longer_than_an_action_may_take(
    server: ActionServer,
) -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    server.answer = hang
    agent = Agent()
    url = f"http://127.0.0.1:{server.port}"
    adapt(agent, load_settings(actions_url=url, action_deadline_s=0.1))
    in_turn.set(True)
    with pytest.raises(TurnAborted, match="TimeoutError") as aborted:
        await asyncio.wait_for(agent.action_endpoint.request(json={}), 10)
    assert aborted.value.outage
    await agent.action_endpoint.close()
