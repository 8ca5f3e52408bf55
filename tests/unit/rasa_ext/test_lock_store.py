"""Rasa's lock store on our locks: found by Rasa, careful without Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from rasa.core.lock_store import LockStore
from rasa.core.utils import AvailableEndpoints, number_of_sanic_workers
from rasa.utils.endpoints import EndpointConfig

from closer.kit.errors import Unavailable
from closer.kit.settings import ROOT, load_settings
from rasa_ext.lock_store import RedisTicketLockStore
from tests.fakes.redis_server import RedisServer, running_redis


@pytest.fixture
async def server() -> AsyncIterator[RedisServer]:
    with running_redis() as redis:
        yield redis


def store_on(url: str, environment: str = "production") -> RedisTicketLockStore:
    options = EndpointConfig(type="any", patience_s=0.5, grace_s=0.0)
    return RedisTicketLockStore(options, load_settings(redis_url=url, environment=environment))


def test_rasa_makes_it_from_endpoints_yml_and_allows_several_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SANIC_WORKERS", "3")
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    assert isinstance(LockStore.create(endpoints.lock_store), RedisTicketLockStore)
    assert number_of_sanic_workers(endpoints.lock_store) == 3


async def test_one_conversation_at_a_time_over_two_processes(server: RedisServer) -> None:
    one, two = store_on(server.url), store_on(server.url)
    steps: list[str] = []

    async def second() -> None:
        async with two.lock("c"):
            steps.append("second")

    async with one.lock("c"):
        task = asyncio.create_task(second())
        async with two.lock("another"):
            steps.append("another conversation")
        steps.append("first")
    await task
    assert steps == ["another conversation", "first", "second"]
    await one.close()
    await two.close()


async def test_a_process_that_never_reached_redis_works_alone_with_locks_of_its_own() -> None:
    store = store_on("redis://127.0.0.1:1/0", environment="development")
    inside = most = 0

    async def turn() -> None:
        nonlocal inside, most
        async with store.lock("c"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= 1

    await asyncio.gather(*(turn() for _ in range(5)))
    assert most == 1
    assert store.alone
    await store.close()


async def test_in_production_nothing_is_processed_without_redis() -> None:
    store = store_on("redis://127.0.0.1:1/0")
    with pytest.raises(Unavailable) as refused:
        async with store.lock("c"):
            pass
    assert refused.value.code == "locks_away"
    await store.close()


async def test_a_process_that_has_lost_redis_does_not_go_on_alone(server: RedisServer) -> None:
    store = store_on(server.url, environment="development")
    async with store.lock("c"):
        pass
    server.stop()
    with pytest.raises(Unavailable):
        async with store.lock("c"):
            pass
    server.start()
    async with store.lock("c"):
        assert not store.alone
    await store.close()
