"""Rows that may be there already: they stay as they are, and the statement is compiled once."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, literal, select

from closer.kit.db import Database

_things = Table(
    "inserted_things",
    MetaData(),
    Column("name", String(20), primary_key=True),
    Column("size", Integer, nullable=False, default=7),
)


@pytest.fixture
async def store(db: Database) -> Database:
    async with db.engine.begin() as connection:
        await connection.run_sync(_things.metadata.drop_all)
        await connection.run_sync(_things.metadata.create_all)
    return db


async def test_what_is_there_stays(store: Database) -> None:
    async with store.transaction() as connection:
        first = await connection.execute(store.insert_new(_things).values(name="a", size=1))
        again = await connection.execute(store.insert_new(_things).values(name="a", size=2))
        assert (first.rowcount, again.rowcount) == (1, 0)
        rows = [{"name": "a", "size": 3}, {"name": "b", "size": 4}]
        await connection.execute(store.insert_new(_things), rows)
        await connection.execute(store.insert_new(_things).values(name="c"))
        chosen = select(literal("b"), literal(9)).where(literal(1) == literal(1))
        await connection.execute(store.insert_new(_things).from_select(["name", "size"], chosen))
        found = (await connection.execute(select(_things).order_by(_things.c.name))).all()
    assert [tuple(row) for row in found] == [("a", 1), ("b", 4), ("c", 7)]


async def test_it_is_compiled_once(store: Database) -> None:
    cache = store.engine.sync_engine._compiled_cache
    async with store.transaction() as connection:
        before = len(cache)
        for number in range(5):
            await connection.execute(store.insert_new(_things).values(name=f"x{number}", size=1))
    assert len(cache) == before + 1
