"""Writers of a SQLite file take turns; statements, transactions and errors are what SQLAlchemy's own driver gives."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from closer.kit.db import Database
from closer.kit.errors import Unavailable
from closer.kit.writer_turns import WriterTurns

_things = Table(
    "things", MetaData(), Column("id", Integer, primary_key=True), Column("name", String)
)

_OTHER_WRITER = """
import asyncio, sys
from pathlib import Path
from closer.kit.writer_turns import WriterTurns

async def main():
    turns = WriterTurns(Path(sys.argv[1]))
    await turns.line_up()
    await turns.take()
    print("writing", flush=True)
    sys.stdin.readline()

asyncio.run(main())
"""


@asynccontextmanager
async def turn(turns: WriterTurns) -> AsyncIterator[None]:
    """Have the turn to write within the block."""
    await turns.line_up()
    try:
        await turns.take()
        yield
    finally:
        turns.leave()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/things.sqlite3")
    async with made.engine.begin() as connection:
        await connection.run_sync(_things.metadata.create_all)
    yield made
    await made.dispose()


async def count(database: Database) -> int:
    async with database.reading() as connection:
        return int((await connection.execute(select(func.count(_things.c.id)))).scalar_one())


async def test_what_is_written_is_read(database: Database) -> None:
    async with database.transaction() as connection:
        many = [{"id": number, "name": f"n{number}"} for number in range(3)]
        await connection.execute(insert(_things), many)
        done = await connection.execute(_things.update().where(_things.c.id > 0).values(name="x"))
        assert done.rowcount == 2
        one = await connection.execute(insert(_things).values(name="last"))
        assert one.inserted_primary_key == (3,)
    async with database.reading() as connection:
        rows = (await connection.execute(select(_things).order_by(_things.c.id))).all()
    assert [tuple(row) for row in rows] == [(0, "n0"), (1, "x"), (2, "x"), (3, "last")]


async def test_a_failing_block_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError, match="no"):
        async with database.transaction() as connection:
            await connection.execute(insert(_things).values(id=1))
            raise RuntimeError("no")
    assert await count(database) == 0


async def test_a_refused_row_is_an_integrity_error_and_the_connection_goes_on(
    database: Database,
) -> None:
    for expected in (1, 1):
        with pytest.raises(IntegrityError):
            async with database.transaction() as connection:
                await connection.execute(insert(_things).values(id=7))
                await connection.execute(insert(_things).values(id=7))
        async with database.transaction() as connection:
            await connection.execute(insert(_things).values(name="fine").prefix_with("OR IGNORE"))
            await connection.execute(text("DELETE FROM things WHERE id > 1"))
        assert await count(database) == expected


async def test_a_statement_of_a_reader_sees_what_was_committed_until_then(
    database: Database,
) -> None:
    async with database.reading() as reader:
        await reader.execute(select(_things.c.id))
        other = Database(database.url.replace("sqlite+aiosqlite", "sqlite"))
        async with other.transaction() as connection:
            await connection.execute(insert(_things).values(name="meanwhile"))
        await other.dispose()
        assert (await reader.execute(select(func.count(_things.c.id)))).scalar_one() == 1


async def test_what_is_put_off_is_done_in_order_with_the_next_statement_or_the_commit(
    database: Database,
) -> None:
    async with database.transaction() as work:
        first = work.later(insert(_things).values(id=1, name="a"))
        with pytest.raises(RuntimeError):
            _ = first.rowcount
        found = await work.execute(select(_things.c.name))
        assert (first.rowcount, found.scalars().all()) == (1, ["a"])
        many = work.later(insert(_things), [{"id": 2}, {"id": 3}])
        changed = work.later(_things.update().where(_things.c.id > 1).values(name="b"))
    assert (many.rowcount, changed.rowcount) == (2, 2)
    async with database.reading() as connection:
        rows = (await connection.execute(select(_things).order_by(_things.c.id))).all()
    assert [tuple(row) for row in rows] == [(1, "a"), (2, "b"), (3, "b")]


async def test_a_check_of_what_was_put_off_undoes_everything(database: Database) -> None:
    def nobody(rowcount: int) -> None:
        if rowcount != 1:
            raise Unavailable("it is gone")

    with pytest.raises(Unavailable, match="gone"):
        async with database.transaction() as work:
            work.later(insert(_things).values(id=1))
            work.later(_things.update().where(_things.c.id == 9).values(name="x"), check=nobody)
            work.later(insert(_things).values(id=2))
    assert await count(database) == 0
    async with database.transaction() as work:
        work.later(insert(_things).values(id=1), check=nobody)
    assert await count(database) == 1


async def test_a_failure_of_what_was_put_off_shows_at_the_commit(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as work:
            work.later(insert(_things), [{"id": 1}, {"id": 1}])
    assert await count(database) == 0


async def test_nobody_waits_for_a_transaction_before_its_first_statement(
    database: Database,
) -> None:
    async with database.transaction() as slow:

        async def write() -> None:
            async with database.transaction() as quick:
                await quick.execute(insert(_things).values(id=1))

        apart = Context().run(asyncio.get_running_loop().create_task, write())
        await asyncio.wait_for(apart, 1)
        await slow.execute(insert(_things).values(id=2))
    assert await count(database) == 2


async def test_a_change_is_announced_before_it_is_made_and_what_is_only_read_holds_up_nobody(
    database: Database,
) -> None:
    said: list[str] = []

    async def first() -> None:
        async with database.transaction() as work:
            await work.execute(insert(_things).values(id=1, name="first"))
        said.append("first")

    async with database.changing(first) as outer:
        assert await count(database) == 0
        assert (outer.begun, said) == (False, [])
    assert await count(database) == 0
    with pytest.raises(RuntimeError, match="stop"):
        async with database.changing(first):
            async with database.transaction() as work:
                await work.execute(insert(_things).values(id=2))
            assert (await count(database), said) == (2, ["first"])
            raise RuntimeError("stop")
    assert await count(database) == 0


async def test_what_is_read_once_is_read_again_after_a_change(database: Database) -> None:
    async def read() -> int:
        return await database.read_once("things", lambda: count(database))

    async def nothing() -> None:
        pass

    other = Database(database.url.replace("sqlite+aiosqlite", "sqlite"))
    async with database.changing(nothing):
        assert await read() == 0
        async with other.transaction() as connection:
            await connection.execute(insert(_things).values(name="meanwhile"))
        assert await read() == 0
        async with database.transaction() as work:
            await work.execute(insert(_things).values(name="own"))
        assert await read() == 2
    await other.dispose()
    assert await read() == 2


async def test_a_refused_change_stays_refused(database: Database) -> None:
    async def refuse() -> None:
        raise Unavailable("it was made before")

    async with database.changing(refuse):
        for _ in range(2):
            with pytest.raises(Unavailable, match="before"):
                async with database.transaction() as work:
                    await work.execute(insert(_things).values(id=1))
        assert await count(database) == 0


async def test_many_tasks_write_one_after_the_other(database: Database) -> None:
    inside = 0

    async def add() -> None:
        nonlocal inside
        async with database.transaction() as connection:
            before = (await connection.execute(select(func.count(_things.c.id)))).scalar_one()
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            await connection.execute(insert(_things).values(id=before))
            inside -= 1

    await asyncio.gather(*(add() for _ in range(50)))
    assert await count(database) == 50


async def test_a_writer_of_another_process_is_waited_for_and_its_death_frees(
    tmp_path: Path,
) -> None:
    file = tmp_path / "shared.sqlite3"
    words = [sys.executable, "-c", _OTHER_WRITER, str(file)]
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe)
    assert child.stdout is not None
    assert await child.stdout.readline() == b"writing\n"
    turns = WriterTurns(file)
    entered = asyncio.Event()

    async def enter() -> None:
        async with turn(turns):
            entered.set()

    waiting = asyncio.create_task(enter())
    await asyncio.sleep(0.05)
    assert not entered.is_set()
    child.kill()
    await child.wait()
    await asyncio.wait_for(waiting, 2)
    turns.close()


async def test_a_writer_is_woken_quickly(tmp_path: Path) -> None:
    first, second = (WriterTurns(tmp_path / "shared.sqlite3") for _ in range(2))
    waits: list[float] = []

    async def wait() -> None:
        async with turn(second):
            waits.append(time.perf_counter())

    for _ in range(9):
        async with turn(first):
            waiting = asyncio.create_task(wait())
            await asyncio.sleep(0.02)
        freed = time.perf_counter()
        await waiting
        waits[-1] -= freed
    assert sorted(waits)[4] < 0.02
    first.close()
    second.close()


async def test_a_busy_process_does_not_keep_another_out(tmp_path: Path) -> None:
    busy, other = (WriterTurns(tmp_path / "shared.sqlite3") for _ in range(2))
    order: list[str] = []

    async def write(turns: WriterTurns, name: str) -> None:
        async with turn(turns):
            order.append(name)
            await asyncio.sleep(0.01)

    crowd = [asyncio.create_task(write(busy, "busy")) for _ in range(30)]
    await asyncio.sleep(0.02)
    await write(other, "other")
    assert order.index("other") < 15
    await asyncio.gather(*crowd)
    busy.close()
    other.close()


async def test_a_writer_that_never_ends_is_an_outage_of_the_database(database: Database) -> None:
    assert database._turns is not None
    database._turns._patience_s = 0.05
    other = WriterTurns(Path(database.url.rpartition(":///")[2]))
    async with turn(other):
        with pytest.raises(Unavailable):
            async with database.transaction() as connection:
                await connection.execute(insert(_things).values(name="at once"))
                pytest.fail("two writers at once")
    other.close()
    async with database.transaction() as connection:
        await connection.execute(insert(_things).values(name="again"))


async def test_a_cancelled_writer_gives_its_place_up(tmp_path: Path) -> None:
    turns = WriterTurns(tmp_path / "one.sqlite3")

    async def wait() -> None:
        async with turn(turns):
            pytest.fail("it was cancelled")

    async with turn(turns):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with turn(turns):
        pass
    turns.close()
