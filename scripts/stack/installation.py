"""Brings an installation's database up to date: `python -m scripts.stack.installation [model archive]`.

Tables, demo shop and the model to begin with, in one process, because each process loads the same libraries.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config

from closer.kit.settings import get_settings
from closer.services import Services
from scripts.models import register
from scripts.seed.runner import run
from scripts.stack.instance import ROOT


def main() -> None:
    """Do what has not been done yet."""
    command.upgrade(Config(str(ROOT / "alembic.ini")), "head")
    asyncio.run(_fill(Path(sys.argv[1]) if len(sys.argv) > 1 else None))


async def _fill(model: Path | None) -> None:
    settings = get_settings()
    services = Services(settings)
    try:
        if settings.demo_shop:
            print("seeded", await run(services))
        if model is not None:
            print(await register(services, model, follow=True))
    finally:
        await services.close()


if __name__ == "__main__":
    main()
