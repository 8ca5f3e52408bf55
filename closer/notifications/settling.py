"""Writing what came of deliveries: those that end while one transaction is being written share the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from closer.notifications.queue_repository import DeliveryRepository

_MOST = 100


@dataclass(frozen=True)
class Settlement:
    """What came of one delivery.

    Attributes:
        owner: The claim that it belongs to.
        values: What is written; None if the notification is to be deleted.
    """

    notification_id: str
    owner: str
    values: Mapping[str, Any] | None


class Settling:
    """Writes settlements in groups.

    Args:
        outbox: Where they are written.
    """

    def __init__(self, outbox: DeliveryRepository) -> None:
        self._outbox = outbox
        self._waiting: list[tuple[Settlement, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def settle(self, settlement: Settlement) -> None:
        """Write a settlement and return once it is committed; one whose lease was lost changes nothing.

        Raises:
            Unavailable: if the database is away; the notification is sent again when the lease has ended.
        """
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        self._waiting.append((settlement, written))
        if self._writing is None or self._writing.done():
            self._writing = loop.create_task(self._write())
        await written

    async def _write(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            error: Exception | None = None
            try:
                async with self._outbox.together():
                    for settlement, _ in group:
                        await self._write_one(settlement)
            except Exception as failure:
                error = failure
            for _, written in group:
                if written.done():  # whoever waited was cancelled
                    continue
                if error is None:
                    written.set_result(None)
                else:
                    written.set_exception(error)

    async def _write_one(self, item: Settlement) -> None:
        if item.values is None:
            await self._outbox.forget(item.notification_id, item.owner)
        else:
            await self._outbox.settle(item.notification_id, item.owner, **item.values)
