"""What people did not want; apart from the model, so that who only keeps records need not load it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.recommendations.repository import RejectionRepository


class Rejections:
    """Rejected suggestions.

    Args:
        db: The database.
        clock: The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._rows = RejectionRepository(db)
        self._clock = clock

    async def add(self, customer_id: str, product_id: str) -> None:
        """Note a rejection; noting it twice is fine."""
        await self._rows.add(customer_id, product_id, self._clock.now())

    async def of_customer(self, customer_id: str) -> Mapping[str, datetime]:
        """Return what a person rejected and when."""
        return await self._rows.of_customer(customer_id)

    async def export_personal(self, customer_id: str) -> Mapping[str, Any]:
        """Return what a customer rejected, for their data export."""
        return {"rejected": await self._rows.of_customer(customer_id)}

    async def erase_personal(self, customer_id: str) -> int:
        """Delete what a customer rejected; return how much there was."""
        return await self._rows.erase(customer_id)
