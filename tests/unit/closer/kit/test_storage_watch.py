"""Database, disk and clock: what is wrong is said once, in the log and on demand; what comes back is used again."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from closer.kit.db import Database
from closer.kit.errors import Unavailable
from closer.kit.storage_watch import StorageWatch


def names(logs: object) -> list[str]:
    return [entry["event"] for entry in logs]  # type: ignore[attr-defined]


async def test_a_database_that_is_away_at_the_start_is_told_of_and_used_when_it_comes(
    tmp_path: Path,
) -> None:
    db = Database(f"sqlite:///{tmp_path / 'later' / 'db.sqlite3'}")
    watch = StorageWatch(db, tmp_path)
    with capture_logs() as logs:
        await watch.look()
        await watch.look()
        assert watch.state()["database"] == "away"
        assert watch.state()["reason"]
        with pytest.raises(Unavailable):
            async with db.reading():
                pass
        (tmp_path / "later").mkdir()
        await watch.look()
    assert watch.state()["database"] == "ok"
    assert names(logs) == ["database_away", "database_back"]
    await db.dispose()


async def test_an_address_in_the_log_has_no_password(tmp_path: Path) -> None:
    db = Database("postgresql://closer:very-secret@127.0.0.1:1/closer")
    with capture_logs() as logs:
        await StorageWatch(db, tmp_path).look()
    assert "very-secret" not in str(logs)
    assert "127.0.0.1:1" in str(logs)
    await db.dispose()


async def test_a_full_disk_is_called_so(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'db.sqlite3'}")
    async with db.transaction() as connection:
        await connection.execute(text("CREATE TABLE t (x TEXT)"))
        await connection.execute(text("PRAGMA max_page_count = 3"))
    with pytest.raises(Unavailable) as full:
        async with db.transaction() as connection:
            await connection.execute(text("PRAGMA max_page_count = 3"))
            await connection.execute(text("INSERT INTO t VALUES (zeroblob(100000))"))
    assert full.value.code == "disk_full"
    async with db.transaction() as connection:  # space again
        await connection.execute(text("PRAGMA max_page_count = 1000"))
        await connection.execute(text("INSERT INTO t VALUES (zeroblob(100000))"))
    await db.dispose()


async def test_little_space_is_warned_of_once(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'db.sqlite3'}")
    watch = StorageWatch(db, tmp_path, least_mb=10**9)
    with capture_logs() as logs:
        await watch.look()
        await watch.look()
    assert names(logs) == ["disk_nearly_full"]
    assert watch.state()["disk"] == "nearly_full"
    await db.dispose()


async def test_a_clock_that_jumps_is_told_of(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'db.sqlite3'}")
    wall, steady = [1000.0], [50.0]
    watch = StorageWatch(db, tmp_path, wall=lambda: wall[0], steady=lambda: steady[0])
    with capture_logs() as logs:
        for seconds, jump in ((2, 0), (2, 3600), (2, 0), (2, -3600)):
            steady[0] += seconds
            wall[0] += seconds + jump
            await watch.look()
    assert [(entry["event"], entry["seconds"]) for entry in logs] == [
        ("clock_jumped", 3600.0),
        ("clock_jumped", -3600.0),
    ]
    await db.dispose()
