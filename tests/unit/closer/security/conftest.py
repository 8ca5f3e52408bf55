"""Sign-in tables on SQLite and on PostgreSQL, at a fixed moment."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timezone
from pathlib import Path

import pgserver
import pytest
import pytest_asyncio

from closer.kit.clock import FixedClock
from closer.kit.db import Database
from closer.kit.settings import Settings, get_settings
from closer.security.accounts import AccountService
from closer.security.oauth_tables import oauth_codes
from closer.security.tables import accounts, refresh_tokens, revoked_tokens, unknown_sign_ins
from tests.fakes.redis_server import RedisServer, running_redis

TABLES = (accounts, unknown_sign_ins, refresh_tokens, revoked_tokens, oauth_codes)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    server.psql("CREATE DATABASE sign_in")
    yield server.get_uri("sign_in")
    server.cleanup()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc))


@pytest.fixture
def settings() -> Settings:
    return get_settings()


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def db(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    sqlite = request.param == "sqlite"
    made = Database(
        f"sqlite:///{tmp_path}/x.sqlite3" if sqlite else request.getfixturevalue("postgres_uri")
    )
    async with made.engine.begin() as connection:
        for table in reversed(TABLES):
            await connection.run_sync(table.drop, checkfirst=True)
        for table in TABLES:
            await connection.run_sync(table.create)
    yield made
    await made.dispose()


@pytest.fixture
def service(db: Database, settings: Settings, clock: FixedClock) -> AccountService:
    return AccountService(db, settings, clock)
