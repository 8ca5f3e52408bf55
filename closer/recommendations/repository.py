"""SQL of rejections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from closer.kit.db import Database
from closer.recommendations.tables import rejections

_R = rejections.c


class RejectionRepository:
    """Rows of what somebody did not want."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, customer_id: str, product_id: str, at: datetime) -> None:
        """Note a rejection; noting it twice is fine."""
        values = {"customer_id": customer_id, "product_id": product_id, "at": at}
        statement = self._db.insert_new(rejections).values(**values)
        async with self._db.transaction() as connection:
            await connection.execute(statement)

    async def of_customer(self, customer_id: str) -> dict[str, datetime]:
        """Return what a person rejected and when."""
        query = select(_R.product_id, _R.at).where(_R.customer_id == customer_id)
        async with self._db.reading() as connection:
            return {str(product_id): at for product_id, at in await connection.execute(query)}

    async def erase(self, customer_id: str) -> int:
        """Delete a person's rejections; return how many there were."""
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(
                delete(rejections).where(_R.customer_id == customer_id)
            )
            return int(done.rowcount)
