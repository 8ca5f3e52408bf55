"""A serving process in this one: the real router on real small models, a real database and a real Redis."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.db import Database
from closer.kit.settings import load_settings
from closer.lifecycle.records import ModelVersion
from closer.services import Services
from tests.fakes.models import SMOKE, place, train_small_model
from tests.fakes.redis_server import RedisServer, running_redis

Archives = Mapping[str, Path]


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Archives:
    """Small models: `gift` and `gift2` with a form, `plain` without it, `foreign` of another assistant."""
    folder = tmp_path_factory.mktemp("trained")
    return {
        "gift": train_small_model(folder, "gift"),
        "gift2": train_small_model(folder, "gift2", greeting="Hi from gift two."),
        "plain": train_small_model(folder, "plain", greeting="Hi from plain.", forms=False),
        "foreign": train_small_model(folder, "foreign", assistant="somebody-else"),
    }


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@dataclass
class Server:
    """A serving process.

    Attributes:
        models: Its router and what keeps it in step.
        chain: Takes messages, as its connectors do.
    """

    services: Services
    archives: Archives
    models: object
    chain: object
    sent: int = 0
    results: list[TurnResult] = field(default_factory=list)

    async def say(self, text: str, person: str = "user1") -> TurnResult:
        """Send a message through the inbox and return its turn."""
        self.sent += 1
        message = InboundMessage(
            message_id=f"{os.getpid()}-{self.sent}",
            channel="web",
            conversation_id=person,
            text=text,
        )
        result = await self.chain.run(message)
        self.results.append(result)
        return result

    async def register(self, name: str, archive: str, **more: object) -> ModelVersion:
        """Put an archive into the folder of models and register it."""
        place(self.archives[archive], self.services.settings.models_dir, name)
        return await self.services.lifecycle.versions.register(name, actor="anna", **more)

    async def wait(
        self, condition: Callable[[], bool | Awaitable[bool]], timeout: float = 20
    ) -> None:
        """Wait until something is so."""
        ends = time.monotonic() + timeout
        while True:
            found = condition()
            if await found if not isinstance(found, bool) else found:
                return
            assert time.monotonic() < ends, "it did not come about in time"
            await asyncio.sleep(0.02)

    async def applied(self, timeout: float = 20) -> None:
        """Wait until the deployment in force is applied."""
        deployment = await self.services.lifecycle.active()
        assert deployment is not None
        assert not await self.services.lifecycle.fleet.wait_applied(deployment.revision, timeout)

    async def state(self, name: str) -> str:
        """Return the state of a version."""
        return (await self.services.lifecycle.versions.get(name)).state


async def start_server(
    folder: Path, archives: Archives, database: str, redis: str, *, given: str | None = "gift"
) -> Server:
    """Start a serving process that was given a model, or none."""
    from rasa.core.agent import Agent
    from rasa.core.lock_store import InMemoryLockStore

    from channels.base import InboundChain
    from rasa_ext.model_start import Models
    from rasa_ext.tracker_store import CloserTrackerStore

    settings = load_settings(
        data_dir=folder,
        models_dir=folder / "models",
        database_url=database,
        redis_url=redis,
        actions_url="http://127.0.0.1:1",
        model_poll_s=0.2,
        model_hold_s=60,
    )
    services = Services(settings)
    agent = Agent(
        tracker_store=CloserTrackerStore(services=services), lock_store=InMemoryLockStore()
    )
    if given is not None:
        agent.load_model(place(archives[given], settings.models_dir, given))
    models = Models(agent, services, smoke=SMOKE)
    await models.start()
    return Server(services, archives, models, InboundChain(models.router, services))


@pytest.fixture
async def server(
    tmp_path: Path, archives: Archives, redis_server: RedisServer, tables: str
) -> AsyncIterator[Server]:
    """A serving process that was given the model `gift`, with an empty record."""
    made = await start_server(tmp_path, archives, tables, redis_server.url)
    yield made
    await made.models.stop()
    await made.services.close()


@pytest.fixture
async def tables(tmp_path: Path) -> str:
    """The address of a database with all tables."""
    from migrations.tables import all_tables

    url = f"sqlite:///{tmp_path / 'models.sqlite3'}"
    database = Database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    await database.dispose()
    return url
