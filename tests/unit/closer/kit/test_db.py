"""The unit of work: what commits together, what is undone together."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, select, text

from closer.kit.columns import Cents, EncryptedJson, EncryptedText, UtcDateTime
from closer.kit.db import Database, async_url

notes = Table(
    "kit_test_notes",
    MetaData(),  # of its own: the product's tables are compared with the migrations
    Column("id", String(20), primary_key=True),
    Column("at", UtcDateTime()),
    Column("price", Cents()),
    Column("secret", EncryptedText("kit_test_notes.secret")),
    Column("data", EncryptedJson("kit_test_notes.data")),
    Column("count", Integer, default=0),
)


@pytest.fixture
async def database(database_url: str):
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(notes.create)
    yield database
    await database.dispose()


async def _count(database: Database) -> int:
    async with database.reading() as connection:
        return (await connection.execute(select(func.count()).select_from(notes))).scalar_one()


async def test_values_come_back_as_they_were(database: Database) -> None:
    moment = datetime(2026, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    values = {
        "id": "a",
        "at": moment,
        "price": Decimal("12.34"),
        "secret": "Zoë",
        "data": {"k": [1]},
    }
    async with database.transaction() as connection:
        await connection.execute(notes.insert().values(values))
    async with database.reading() as connection:
        row = (await connection.execute(select(notes))).mappings().one()
    assert row["at"] == moment
    assert row["at"].utcoffset() == timedelta(0)
    assert (row["price"], row["secret"], row["data"]) == (Decimal("12.34"), "Zoë", {"k": [1]})


async def test_encrypted_columns_are_unreadable_at_rest(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            notes.insert().values(id="a", secret="Zoë Adams", data={"city": "Leeds"})
        )
    async with database.reading() as connection:
        raw = (await connection.execute(text("SELECT secret, data FROM kit_test_notes"))).one()
    assert "Zoë" not in raw[0]
    assert "Leeds" not in raw[1]


async def test_nested_work_commits_or_fails_as_one(database: Database) -> None:
    async def inner() -> None:
        async with database.transaction() as connection:
            await connection.execute(notes.insert().values(id="inner"))

    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            await inner()
            _ = 1 / 0
    assert await _count(database) == 0
    async with database.transaction():
        await inner()
    assert await _count(database) == 1


async def test_a_hook_that_fails_does_not_make_a_committed_transaction_look_failed(
    database: Database,
) -> None:
    ran: list[str] = []

    async def broken() -> None:
        raise RuntimeError("announcement")

    async def second() -> None:
        ran.append("second")

    async with database.transaction():
        database.after_commit(broken)
        database.after_commit(second)
    assert ran == ["second"]


async def test_hooks_run_after_the_commit_and_not_after_a_failure(database: Database) -> None:
    seen: list[int] = []

    async def hook() -> None:
        seen.append(await _count(database))

    async with database.transaction() as connection:
        await connection.execute(notes.insert().values(id="a"))
        database.after_commit(hook)
        assert seen == []
    assert seen == [1]
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            database.after_commit(hook)
            _ = 1 / 0
    assert seen == [1]
    with pytest.raises(RuntimeError):
        database.after_commit(hook)


async def test_many_writers_at_once_lose_nothing(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(notes.insert().values(id="n", count=0))

    async def add() -> None:
        async with database.transaction() as connection:
            await connection.execute(notes.update().values(count=notes.c.count + 1))

    await asyncio.gather(*(add() for _ in range(40)))
    async with database.reading() as connection:
        assert (await connection.execute(select(notes.c.count))).scalar_one() == 40


def test_only_databases_that_are_supported() -> None:
    assert async_url("sqlite:////x/y.db") == "sqlite+aiosqlite:////x/y.db"
    assert async_url("postgres://h/d") == "postgresql+asyncpg://h/d"
    with pytest.raises(ValueError, match="mysql"):
        async_url("mysql://h/d")
