"""SQL of what goes with orders: refunds, invoices, numbers, requests already served."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from closer.kit.db import Database
from closer.kit.money import Money
from closer.orders.records import Invoice, Refund
from closer.orders.tables import invoices, order_counters, order_requests, refunds


class RefundRepository:
    """Rows of refunds."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, refund_id: str, *, lock: bool = False) -> Refund | None:
        """Return a refund by its number."""
        query = select(refunds).where(refunds.c.id == refund_id)
        if lock:
            query = query.with_for_update()
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _refund(row) if row else None

    async def of_customer(self, customer_id: str, order_id: str | None) -> list[Refund]:
        """Return a customer's refunds, the newest first, of all orders or of one."""
        query = select(refunds).where(refunds.c.customer_id == customer_id)
        if order_id is not None:
            query = query.where(refunds.c.order_id == order_id)
        query = query.order_by(refunds.c.requested_at.desc(), refunds.c.id.desc())
        async with self._db.reading() as connection:
            return [_refund(row) for row in (await connection.execute(query)).mappings()]

    async def add(self, values: Mapping[str, Any]) -> None:
        """Insert a refund."""
        async with self._db.transaction() as connection:
            await connection.execute(refunds.insert().values(dict(values)))

    async def update(self, refund_id: str, **values: Any) -> None:
        """Change columns of a refund."""
        async with self._db.transaction() as connection:
            await connection.execute(
                update(refunds).where(refunds.c.id == refund_id).values(**values)
            )


class InvoiceRepository:
    """Rows of invoices."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, invoice_id: str) -> Invoice | None:
        """Return an invoice by its number."""
        return next(iter(await self._select(invoices.c.id == invoice_id)), None)

    async def of_order(self, order_id: str) -> list[Invoice]:
        """Return an order's invoices, the newest first."""
        return await self._select(invoices.c.order_id == order_id)

    async def of_customer(self, customer_id: str) -> list[Invoice]:
        """Return a customer's invoices, the newest first."""
        return await self._select(invoices.c.customer_id == customer_id)

    async def add(self, values: Mapping[str, Any]) -> None:
        """Insert an invoice."""
        async with self._db.transaction() as connection:
            await connection.execute(invoices.insert().values(dict(values)))

    async def set_state(self, order_id: str, state: str) -> None:
        """Mark an order's issued invoices."""
        condition = (invoices.c.order_id == order_id) & (invoices.c.state == "issued")
        async with self._db.transaction() as connection:
            await connection.execute(update(invoices).where(condition).values(state=state))

    async def _select(self, condition: Any) -> list[Invoice]:
        query = (
            select(invoices)
            .where(condition)
            .order_by(invoices.c.issued_at.desc(), invoices.c.id.desc())
        )
        async with self._db.reading() as connection:
            return [_invoice(row) for row in (await connection.execute(query)).mappings()]


@dataclass(frozen=True)
class Served:
    """A request that was served before."""

    operation: str
    order_id: str | None
    outcome: dict[str, Any] | None


class RequestRepository:
    """Idempotency keys and numbers."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def claim(
        self, customer_id: str, key: str, operation: str, at: datetime
    ) -> Served | None:
        """Take a key for a request; return what was done under it if it is taken."""
        values = {"customer_id": customer_id, "key": key, "operation": operation, "at": at}
        async with self._db.transaction() as connection:
            insert = self._db.insert_new(order_requests).values(values)
            outcome: Any = await connection.execute(insert)
            if outcome.rowcount == 1:
                return None
            query = select(order_requests).where(
                order_requests.c.customer_id == customer_id, order_requests.c.key == key
            )
            row = (await connection.execute(query)).mappings().one()
        return Served(
            row["operation"],
            row["order_id"],
            json.loads(row["outcome"]) if row["outcome"] else None,
        )

    async def finish(
        self, customer_id: str, key: str, order_id: str, outcome: dict[str, Any]
    ) -> None:
        """Keep what was done under a key."""
        condition = (order_requests.c.customer_id == customer_id) & (order_requests.c.key == key)
        async with self._db.transaction() as connection:
            await connection.execute(
                update(order_requests)
                .where(condition)
                .values(order_id=order_id, outcome=json.dumps(outcome))
            )

    async def next_number(self, name: str) -> int:
        """Return the next number of a series, without gaps as far as transactions commit."""
        start = {"name": name, "value": 0}
        counter = order_counters.c
        async with self._db.transaction() as connection:
            await connection.execute(self._db.insert_new(order_counters).values(start))
            await connection.execute(
                update(order_counters).where(counter.name == name).values(value=counter.value + 1)
            )
            value = (
                await connection.execute(select(counter.value).where(counter.name == name))
            ).scalar()
        return int(value or 0)


def _refund(row: Mapping[Any, Any]) -> Refund:
    values = {name: row[name] for name in Refund.__dataclass_fields__}
    values["amount"] = Money(row["amount"], row["currency"])
    values["items"] = tuple((line, quantity) for line, quantity in row["items"])
    return Refund(**values)


def _invoice(row: Mapping[Any, Any]) -> Invoice:
    values = {name: row[name] for name in Invoice.__dataclass_fields__}
    return Invoice(**{**values, "total": Money(row["total"], row["currency"])})
