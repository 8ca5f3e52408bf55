"""Empty databases on a running PostgreSQL server."""

from __future__ import annotations

import asyncio
from itertools import count
from urllib.parse import urlsplit, urlunsplit

import asyncpg

_numbers = count(1)


def fresh_postgres(server_url: str) -> str:
    """Create a database of its own on the server and return its address."""
    name = f"test_{next(_numbers)}"

    async def create() -> None:
        connection = await asyncpg.connect(server_url)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()

    asyncio.run(create())
    parts = urlsplit(server_url)
    return urlunsplit(parts._replace(path=f"/{name}"))
