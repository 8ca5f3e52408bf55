"""Services over a database and a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from closer.kit.db import Database
from closer.kit.settings import Settings, get_settings
from closer.services import Services
from tests.fakes.redis_server import RedisServer, running_redis


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
async def services(
    db: Database, redis_server: RedisServer, tmp_path: Path
) -> AsyncIterator[Services]:
    own = get_settings()
    redis_server.flush()
    made = Services(
        Settings(
            data_dir=tmp_path,
            redis_url=redis_server.url,
            secret_key=own.secret_key,
            encryption_keys=own.encryption_keys,
        )
    )
    made.__dict__["db"] = db
    yield made
    await made.redis.close()
