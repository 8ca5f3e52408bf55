"""Fills the demo shop: `python -m scripts.seed`. A second run changes nothing; without a demo shop it does nothing."""

from __future__ import annotations

import asyncio
import time

from closer.kit.settings import Settings, get_settings
from closer.services import Services
from scripts.seed.runner import run


async def _main() -> None:
    settings = get_settings()
    if not settings.demo_shop:
        print("no demo shop is wanted (CLOSER_DEMO_SHOP)")
        return
    began = time.monotonic()
    ran = await _seed(settings)
    print(
        f"seeded {', '.join(ran)} in {time.monotonic() - began:.1f} s" if ran else "nothing to seed"
    )


async def _seed(settings: Settings) -> list[str]:
    services = Services(settings)
    try:
        return await run(services)
    finally:
        await services.close()


if __name__ == "__main__":
    asyncio.run(_main())
