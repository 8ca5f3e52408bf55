"""The support side over both databases, at a fixed moment, with a job queue that only takes notes."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from pydantic import SecretStr

from closer.kit.clock import FixedClock
from closer.kit.db import Database
from closer.kit.settings import Settings, get_settings
from closer.services import Services
from migrations.tables import all_tables

_numbers = count(1)

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=timezone.utc)  # a Tuesday morning, agents are at work


class NotedJobs:
    """A job queue that notes what was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def submit(self, name: str, **args: Any) -> bool:
        self.asked.append(name)
        return True


class SilentRedis:
    """A Redis to which announcements go, and nobody listens."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    async def publish(self, channel: str, text: str) -> int:
        self.heard.append(channel)
        return 0

    async def close(self) -> None:
        return None


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Callable[[Path], str]:
    """Makes copies of an empty database with all tables."""
    if request.param == "sqlite":
        template = tmp_path_factory.mktemp("support") / "empty.sqlite3"
        asyncio.run(_create(f"sqlite:///{template}"))

        def copy_file(folder: Path) -> str:
            shutil.copy(template, folder / "support.sqlite3")
            return f"sqlite:///{folder / 'support.sqlite3'}"

        return copy_file
    from tests.fakes.databases import fresh_postgres

    server = request.getfixturevalue("postgres_url")
    template_url = fresh_postgres(server)
    asyncio.run(_create(template_url))
    return lambda folder: _copy_of(server, template_url)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def settings(empty_database: Callable[[Path], str], tmp_path: Path) -> Settings:
    own = get_settings()
    return Settings(
        data_dir=tmp_path,
        database_url=empty_database(tmp_path),
        public_url="https://shop.example",
        secret_key=own.secret_key,
        encryption_keys=own.encryption_keys,
        twilio_account_sid="",
        sendgrid_api_key=SecretStr(""),
    )


@pytest.fixture
async def services(settings: Settings, clock: FixedClock) -> AsyncIterator[Services]:
    made = Services(settings, clock)
    made.__dict__["jobs"] = NotedJobs()
    made.__dict__["redis"] = SilentRedis()
    yield made
    await made.close()


@pytest.fixture
async def ann(services: Services) -> str:
    """A customer with e-mail and phone."""
    customer = await services.customers.create(
        name="Ann Bee", email="ann@example.org", phone="+12025550123", customer_id="ann"
    )
    return customer.id


async def _create(url: str) -> None:
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    await database.dispose()


def _copy_of(server: str, template_url: str) -> str:
    name, template = f"support_{next(_numbers)}", urlsplit(template_url).path.lstrip("/")

    async def copy() -> None:
        connection = await asyncpg.connect(server)
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        await connection.close()

    asyncio.run(copy())
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
