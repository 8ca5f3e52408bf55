from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from closer.kit.db import Database
from migrations.regenerate import VERSIONS, regenerate
from migrations.tables import all_tables
from tests.integration.shop.conftest import Backend, migrate


def _difference(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, all_tables()))


async def test_the_migrated_schema_is_that_of_the_code(backend: Backend) -> None:
    database = Database(backend.copy())
    async with database.engine.connect() as connection:
        difference = await connection.run_sync(_difference)
        names = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
    await database.dispose()
    assert difference == []
    assert names == {*all_tables().tables, "alembic_version"}


def test_a_second_upgrade_changes_nothing(backend: Backend) -> None:
    url = backend.copy()
    migrate(url)
    migrate(url)


def test_the_initial_migration_is_current(tmp_path: Any) -> None:
    if any(not path.name.startswith("0001") for path in VERSIONS.glob("*.py")):
        pytest.skip("there are later migrations: the comparison of schemas is the test")
    fresh = regenerate(tmp_path)
    assert fresh.read_text() == (VERSIONS / fresh.name).read_text(), (
        "run `python -m migrations.regenerate`"
    )
