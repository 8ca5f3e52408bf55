"""One trained model and one seeded database for all conversations; each case plays on a copy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from closer.kit.settings import Settings
from tests.conversations.harness import Bot, Stage

#: A Tuesday morning within the agents' hours.
NOW = datetime(2026, 3, 10, 10, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a seeded shop; what changes it works on a copy of its file."""
    import asyncio

    from closer.kit.clock import FixedClock
    from closer.kit.settings import load_settings
    from closer.services import Services
    from tests.support import prepare_database

    folder = tmp_path_factory.mktemp("seeded")
    # What is stored counts here, not how fast the machine is; the deadline has tests of its own.
    settings = load_settings(data_dir=folder, action_deadline_s=20.0)

    async def seed() -> None:
        services = Services(settings, FixedClock(NOW))
        await prepare_database(services)
        await services.close()

    asyncio.run(seed())
    return settings


@pytest.fixture(scope="session")
def stage(shop: Settings) -> Stage:
    from rasa.core.agent import Agent

    from tests.support import current_model

    agent = Agent.load(str(current_model()))
    return Stage(agent, shop.data_dir / "closer.sqlite3", shop, NOW)


@pytest.fixture
async def bot(stage: Stage, tmp_path: Path) -> AsyncIterator[Bot]:
    bot = await stage.bot(tmp_path)
    yield bot
    await bot.services.close()
