"""PostgreSQL is restarted under a serving process: what was accepted is answered, and nothing has to be started anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pgserver
import pytest

from channels.base import InboxReplay
from closer.kit.errors import Unavailable
from closer.kit.settings import load_settings
from closer.services import Services
from migrations.tables import all_tables
from tests.fakes.dialogue import Dialogue, chain_of, says
from tests.fakes.redis_server import running_redis


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[str]:
    server = await asyncio.to_thread(pgserver.get_server, folder)
    try:
        yield server.get_uri()
    finally:
        await asyncio.to_thread(server.cleanup)


async def test_a_restart_of_postgresql_loses_nothing(tmp_path: Path) -> None:
    with running_redis() as redis:
        async with running(tmp_path / "postgres") as url:
            services = Services(load_settings(database_url=url, redis_url=redis.url))
            async with services.db.engine.begin() as connection:
                await connection.run_sync(all_tables().create_all)
            dialogue = Dialogue(services)
            chain = chain_of(services, dialogue)
            await chain.run(says("one"))
            await services.conversations.accept(says("two"))
        for _ in range(2):
            with pytest.raises(Unavailable):
                await chain.run(says("three"))
        assert dialogue.order == ["one"]
        async with running(tmp_path / "postgres") as again:
            assert again == url
            assert await InboxReplay(chain, services).run_once() == 1
            assert (await chain.run(says("three"))).replies
            kept = await services.dialogues.since("ann", 0)
            assert [event["text"] for event in kept] == ["one", "two", "three"]
            await services.close()
