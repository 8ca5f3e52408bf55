"""Messages of one conversation over four processes: never two turns at once, answered in the order of acceptance, each once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from sqlalchemy import select

from closer.conversations.tables import inbox
from closer.kit.settings import ROOT, load_settings
from closer.services import Services
from migrations.tables import all_tables
from tests.fakes.redis_server import running_redis

PROCESSES, PEOPLE, EACH = 4, 5, 40


def test_order_and_solitude_over_four_processes(database_url: str, tmp_path: Path) -> None:
    with running_redis() as redis:
        services = Services(load_settings(database_url=database_url, redis_url=redis.url))
        asyncio.run(_tables(services))
        command = [sys.executable, "-m", "tests.fakes.chain_worker", database_url, redis.url]
        rest = [str(tmp_path), "{}", str(PEOPLE), str(EACH)]
        workers = [
            subprocess.Popen(
                [*command, *(word.format(f"w{number}") for word in rest)],
                cwd=ROOT,
                stderr=subprocess.PIPE,
            )
            for number in range(PROCESSES)
        ]
        for worker in workers:
            said = worker.communicate(timeout=240)[1].decode()
            assert worker.returncode == 0, said[-2000:]
        assert not (tmp_path / "two-at-once").exists()
        accepted, spoken = asyncio.run(_found(services))
    assert sum(len(words) for words in accepted.values()) == PROCESSES * EACH
    assert spoken == accepted


async def _tables(services: Services) -> None:
    async with services.db.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    await services.db.dispose()


async def _found(services: Services) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return what was accepted in each conversation, in its order, and what the dialogue heard."""
    query = select(inbox.c.conversation_id, inbox.c.message_id).order_by(
        inbox.c.received_at, inbox.c.id
    )
    accepted: dict[str, list[str]] = defaultdict(list)
    async with services.db.reading() as connection:
        for conversation, message in await connection.execute(query):
            accepted[conversation].append(message.removeprefix("id-"))
    spoken = {
        name: [event["text"] for event in await services.dialogues.since(name, 0)]
        for name in accepted
    }
    await services.close()
    return dict(accepted), spoken
