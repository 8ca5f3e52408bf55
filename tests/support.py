"""What several kinds of tests need: the trained model and a seeded database."""

from __future__ import annotations

import os
from pathlib import Path

from closer.services import Services


def current_model() -> Path:
    """Return the archive of the model that fits the training data; `make train` makes it.

    The environment variable CLOSER_TEST_MODEL names another one.
    """
    named = os.environ.get("CLOSER_TEST_MODEL")
    if named:
        return Path(named)
    from scripts.train import model_path

    path = model_path()
    assert path.exists(), "no model fits the training data: run `make train`"
    return path


async def prepare_database(services: Services) -> None:
    """Create all tables and fill the demo shop as of the services' clock."""
    from migrations.tables import all_tables
    from scripts.seed.runner import run

    async with services.db.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    await run(services)
