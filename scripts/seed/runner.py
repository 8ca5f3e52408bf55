"""Runs the seeders that have not run yet, each in one transaction with its mark.

A seeder is a coroutine function `(services, rng) -> None` in a module of its own, named in `SEEDERS`. It may rely on
those before it, runs once per database, and writes either everything or nothing. `rng` depends on the seed number
and the seeder's name alone, so that adding a seeder changes no other's data.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from closer.kit.db import Database
from scripts.seed.tables import demo_seeds

if TYPE_CHECKING:
    from closer.services import Services

Seeder = Callable[["Services", random.Random], Awaitable[None]]

SEED = 20_240_917

#: Name of the mark, and where the seeder is. A name, once released, stays.
SEEDERS: tuple[tuple[str, str], ...] = (
    ("catalog", "scripts.seed.catalog:seed"),
    ("customers", "scripts.seed.customers:seed"),
    ("orders", "scripts.seed.orders:seed"),
    ("accounts", "scripts.seed.accounts:seed"),
    ("feedback", "scripts.seed.feedback:seed"),
)


async def pending(
    database: Database, seeders: Sequence[tuple[str, str]] = SEEDERS
) -> list[tuple[str, str]]:
    """Return the seeders that have not run on a database."""
    async with database.reading() as connection:
        done = set((await connection.execute(select(demo_seeds.c.name))).scalars())
    return [(name, target) for name, target in seeders if name not in done]


async def run(
    services: Services, seed: int = SEED, seeders: Sequence[tuple[str, str]] = SEEDERS
) -> list[str]:
    """Run what has not run yet and return the names."""
    ran = []
    for name, target in await pending(services.db, seeders):
        async with services.db.transaction() as connection:
            mark = {"name": name, "at": services.clock.now()}
            insert = services.db.insert_new(demo_seeds).values(mark)
            marked: Any = await connection.execute(insert)
            if marked.rowcount == 0:
                continue  # another process was first
            await _load(target)(services, random.Random(f"{seed}:{name}"))  # noqa: S311 - a demo, no secret
        ran.append(name)
    return ran


def _load(target: str) -> Seeder:
    module, _, function = target.partition(":")
    seeder: Seeder = getattr(import_module(module), function)
    return seeder
