"""Alembic's environment: the database of the settings, all slices' tables, SQLite and PostgreSQL alike."""

from __future__ import annotations

import asyncio
from typing import Any

from alembic import context
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeDecorator, Variant

from closer.kit.db import Database
from closer.kit.settings import get_settings
from migrations.tables import all_tables

_LOCK = 4_207_311_905  # of two processes that migrate PostgreSQL at once, one waits


def _render(kind: str, item: Any, _: Any) -> str | bool:
    """Write our column types as the plain types beneath, so that old migrations need none of today's code."""
    if kind == "type" and isinstance(item, TypeDecorator) and not isinstance(item, Variant):
        return f"sa.{item.impl!r}"
    return False


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=all_tables(),
        render_item=_render,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        context.run_migrations()


async def _connect_and_run(url: str) -> None:
    database = Database(url)
    try:
        async with database.engine.connect() as connection:
            await connection.run_sync(_run)
    finally:
        await database.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    settings = get_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(_connect_and_run(context.config.attributes.get("url") or settings.database_url))
