"""For all tests: a throw-away data folder, unit tests first, databases of both kinds."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

_DATA = tempfile.TemporaryDirectory(prefix="closer-tests-")
os.environ.update(
    CLOSER_DATA_DIR=_DATA.name,
    RASA_TELEMETRY_ENABLED="false",
    TF_CPP_MIN_LOG_LEVEL="3",
    SANIC_NO_BANNER="1",
)
for name in (
    "DATABASE_URL",
    "REDIS_URL",
    "TWILIO_ACCOUNT_SID",
    "SENDGRID_API_KEY",
    "CLOSER_SIMULATOR_URL",
):
    os.environ.pop(name, None)

# HYPOTHESIS_PROFILE=nightly (see `make nightly`) tries more examples of each property.
hypothesis_settings.register_profile("nightly", max_examples=1000, deadline=None)
if os.environ.get("HYPOTHESIS_PROFILE"):
    hypothesis_settings.load_profile(os.environ["HYPOTHESIS_PROFILE"])

_ORDER = ("unit", "nlu", "conversations", "integration", "contract", "security", "browser", "stack")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the fast kinds first."""

    def rank(item: pytest.Item) -> int:
        kind = item.nodeid.split("/")[1] if "/" in item.nodeid else ""
        return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)

    items.sort(key=rank)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server of this run."""
    import pgserver

    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of both kinds in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.sqlite3'}"
    from tests.fakes.databases import fresh_postgres

    return fresh_postgres(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[object]:
    """A database with all tables."""
    from closer.kit.db import Database
    from migrations.tables import all_tables

    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    yield database
    await database.dispose()
