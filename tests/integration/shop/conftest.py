"""A shop of its own for each test, on SQLite and on PostgreSQL, at a fixed moment."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

import pgserver
import psycopg2
import pytest
import pytest_asyncio
from alembic import command
from alembic.config import Config

from closer.kit.clock import FixedClock
from closer.kit.settings import ROOT, Settings, get_settings
from closer.services import Services
from migrations.tables import all_tables
from tests.integration.shop.stage import Stage, furnish

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=timezone.utc)  # a Tuesday
BACKENDS = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Backend:
    """Gives migrated databases: `copy` a new one, `empty` one that earlier tests may have used."""

    name: str
    copy: Callable[[], str]
    empty: Callable[[], str]


def migrate(url: str) -> None:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["url"] = url
    command.upgrade(config, "head")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pgserver.PostgresServer]:
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET synchronous_commit = off;")
    server.psql("SELECT pg_reload_conf()")
    yield server
    server.cleanup()


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("sqlite")
        migrate(f"sqlite:///{folder}/empty.sqlite3")
        copy = partial(_copy_file, folder / "empty.sqlite3")
        return Backend("sqlite", copy, copy)
    server = request.getfixturevalue("postgres")
    server.psql("CREATE DATABASE migrated")
    migrate(server.get_uri("migrated"))
    shared = _copy_database(server)
    return Backend("postgresql", partial(_copy_database, server), partial(_emptied, shared))


def settings_for(url: str, folder: Path) -> Settings:
    own = get_settings()
    return Settings(
        data_dir=folder,
        database_url=url,
        secret_key=own.secret_key,
        encryption_keys=own.encryption_keys,
    )


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest_asyncio.fixture
async def services(backend: Backend, clock: FixedClock, tmp_path: Path) -> AsyncIterator[Services]:
    made = Services(settings_for(backend.empty(), tmp_path), clock)
    yield made
    await made.close()


@pytest_asyncio.fixture
async def stage(services: Services, clock: FixedClock) -> Stage:
    """A shop with three products and two customers."""
    await furnish(services)
    return Stage(services, clock)


def _copy_file(source: Path) -> str:
    target = source.with_name(f"{uuid.uuid4().hex}.sqlite3")
    shutil.copy(source, target)
    return f"sqlite:///{target}"


def _copy_database(server: pgserver.PostgresServer) -> str:
    name = f"t{uuid.uuid4().hex[:16]}"
    server.psql(f"CREATE DATABASE {name} TEMPLATE migrated")
    return str(server.get_uri(name))


def _emptied(url: str) -> str:
    """Delete all rows: with few of them that is far quicker than another database."""
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        for table in reversed(all_tables().sorted_tables):
            cursor.execute(f"DELETE FROM {table.name}")
    connection.close()
    return url
