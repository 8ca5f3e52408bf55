"""Background tasks end, also those that lose a cancellation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from closer.kit import tasks


async def test_a_lost_cancellation_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_PATIENCE_S", 0.01)
    lost = 0

    async def stubborn() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost == 3:
                    raise

    async def failing() -> None:
        raise ValueError

    running: list[asyncio.Task[Any]] = [
        asyncio.create_task(stubborn()),
        asyncio.create_task(failing()),
    ]
    await asyncio.sleep(0)
    await tasks.end(*running, None)
    assert all(task.done() for task in running)
    assert lost == 3
