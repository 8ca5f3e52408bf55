"""A PostgreSQL server for a benchmark, which vanishes with it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit


@contextmanager
def postgres(names: Sequence[str] = ("ours", "stock")) -> Iterator[str]:
    """Run a PostgreSQL server with databases; give their address with a gap for the name."""
    import asyncpg
    import pgserver

    with tempfile.TemporaryDirectory(prefix="closer-bench-pg-") as folder:
        server = pgserver.get_server(folder, cleanup_mode="delete")
        try:
            uri = str(server.get_uri())

            async def create() -> None:
                connection = await asyncpg.connect(uri)
                for name in names:
                    await connection.execute(f"CREATE DATABASE {name}")
                await connection.close()

            asyncio.run(create())
            yield urlunsplit(urlsplit(uri)._replace(path="/{}"))
        finally:
            server.cleanup()
