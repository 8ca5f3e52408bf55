"""The hub on a real Redis: who hears what, also across processes and lost connections."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from api.sockets import hub as module
from api.sockets.hub import Hub, Listener
from closer.conversations.service import conversation_channel
from closer.kit.redis import connect_redis
from tests.fakes.redis_server import RedisServer, running_redis


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with running_redis() as running:
        yield running


@pytest_asyncio.fixture
async def hubs(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Hub]]:
    """Two gateways on one Redis."""
    monkeypatch.setattr(module, "_POLL_S", 0.1)
    clients = [connect_redis(server.url) for _ in range(2)]
    made = [Hub(client) for client in clients]
    for hub in made:
        hub.start()
    yield made
    for hub, client in zip(made, clients, strict=True):
        await hub.close()
        await client.close()


async def _say(server: RedisServer, conversation: str, **entry: Any) -> None:
    client = connect_redis(server.url)
    await client.publish(conversation_channel(conversation), json.dumps(entry))
    await client.close()


async def _hear(listener: Listener, within: float = 3) -> dict[str, Any] | None:
    return await asyncio.wait_for(listener.hear(), within)


async def _silent(listener: Listener) -> bool:
    try:
        await asyncio.wait_for(listener.hear(), 0.2)
        return False
    except asyncio.TimeoutError:
        return True


async def test_every_gateway_hears_its_own_conversations_only(
    hubs: list[Hub], server: RedisServer
) -> None:
    async with (
        hubs[0].listening("mara") as one,
        hubs[1].listening("mara") as two,
        hubs[1].listening("ole") as other,
    ):
        await _say(server, "mara", id="1")
        assert await _hear(one) == {"id": "1"}
        assert await _hear(two) == {"id": "1"}
        assert await _silent(other)


async def test_nothing_said_after_entering_is_missed(hubs: list[Hub], server: RedisServer) -> None:
    for number in range(20):
        async with hubs[0].listening("mara") as listener:
            await _say(server, "mara", id=str(number))
            assert await _hear(listener) == {"id": str(number)}


async def test_nudge_reaches_all_sockets_everywhere_once(hubs: list[Hub]) -> None:
    async with hubs[0].listening("mara") as one, hubs[1].listening("mara") as two:
        hubs[0].nudge("mara")
        assert await _hear(one) is None
        assert await _hear(two) is None
        assert await _silent(one)


async def test_lost_connection_makes_all_look_for_news(
    hubs: list[Hub], server: RedisServer
) -> None:
    async with hubs[0].listening("mara") as listener:
        server.stop()
        await asyncio.sleep(0.2)
        server.start()
        assert await _hear(listener, 10) is None
        for _ in range(100):  # until the subscription is back
            await _say(server, "mara", id="after")
            heard = await _hear(listener, 10)
            if heard == {"id": "after"}:
                return
        raise AssertionError("the subscription did not come back")


async def test_all_look_for_news_when_the_connection_is_lost_and_again_when_it_is_back(
    hubs: list[Hub], server: RedisServer
) -> None:
    async with hubs[0].listening("mara") as listener:
        client = connect_redis(server.url)
        await client.client_kill_filter(_type="pubsub")
        await client.close()
        assert await _hear(listener, 5) is None
        assert await _hear(listener, 5) is None  # what was said in between was announced to nobody


async def test_slow_socket_is_told_to_look_instead_of_being_buried() -> None:
    listener = Listener("mara")
    for number in range(2_000):
        listener.tell({"id": str(number)})
    heard = []
    while not heard or heard[-1] is not None:
        heard.append(await _hear(listener))
    assert len(heard) <= module._QUEUE
    listener.tell({"id": "next"})
    assert await _hear(listener) == {"id": "next"}


async def test_left_conversations_are_unsubscribed(hubs: list[Hub]) -> None:
    async with hubs[0].listening("mara"):
        assert hubs[0].sockets("mara") == 1
        assert conversation_channel("mara") in hubs[0]._pubsub.channels
    assert hubs[0].sockets("mara") == 0
    for _ in range(50):
        if conversation_channel("mara") not in hubs[0]._pubsub.channels:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("still subscribed")
