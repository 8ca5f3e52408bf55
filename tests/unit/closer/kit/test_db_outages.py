"""A database that does not answer is an outage, whoever notices it: the driver, its pool, or SQLite's queue of writers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from closer.kit import db as db_module
from closer.kit.db import Database
from closer.kit.errors import Unavailable
from tests.fakes.databases import fresh_postgres


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_POOL_S", "_CONNECT_S", "_COMMAND_S"):
        monkeypatch.setattr(db_module, name, 0.5)


@pytest.fixture
def empty_postgres(postgres_url: str) -> str:
    return fresh_postgres(postgres_url)


@pytest.fixture
async def postgres(empty_postgres: str) -> AsyncIterator[Database]:
    database = Database(empty_postgres, pool_size=1)
    yield database
    await database.dispose()


async def test_a_server_that_never_answers_is_an_outage() -> None:
    hung = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await hung.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    database = Database(f"postgresql://nobody@127.0.0.1:{port}/none")
    with pytest.raises(Unavailable):
        async with database.transaction() as connection:
            await connection.execute(text("SELECT 1"))
    with pytest.raises(Unavailable):
        async with database.reading() as reader:
            await reader.execute(text("SELECT 1"))
    await database.dispose()
    hung.set()
    server.close()
    await server.wait_closed()


async def test_a_command_that_takes_too_long_is_an_outage(postgres: Database) -> None:
    with pytest.raises(Unavailable):
        async with postgres.transaction() as connection:
            await connection.execute(text("SELECT pg_sleep(20)"))
    async with postgres.reading() as connection:  # and the next one finds a sound connection
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1


async def test_an_exhausted_pool_is_an_outage(database_url: str) -> None:
    database = Database(database_url, pool_size=1)
    release, ready = asyncio.Event(), asyncio.Semaphore(0)

    async def occupy() -> None:
        async with database.reading() as connection:
            await connection.execute(text("SELECT 1"))
            ready.release()
            await release.wait()

    holders = [asyncio.create_task(occupy()) for _ in range(1 + 8)]  # the pool and its overflow
    for _ in holders:
        await ready.acquire()
    with pytest.raises(Unavailable):
        async with database.reading():
            pass
    release.set()
    await asyncio.gather(*holders)
    await database.dispose()


async def test_what_is_logged_of_an_error_does_not_repeat_the_values(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(DBAPIError) as failed:
        async with database.reading() as connection:
            await connection.execute(text("SELECT nothing FROM nowhere WHERE a = :a"), {"a": "Zoë"})
    assert "Zoë" not in str(failed.value)
    await database.dispose()
