"""SQL of payments at the checkout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from closer.checkout.records import Attempt
from closer.checkout.tables import checkout_payments
from closer.kit.db import Database
from closer.kit.ids import new_id
from closer.kit.money import Money

_C = checkout_payments.c


def _attempt(row: Mapping[Any, Any]) -> Attempt:
    values = {name: row[name] for name in Attempt.__dataclass_fields__ if name != "amount"}
    return Attempt(**values, amount=Money(row["amount"], row["currency"]))


class AttemptRepository:
    """Rows of payments on their way."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def begin(
        self, cart_id: str, key: str, provider: str, amount: Money, now: datetime
    ) -> Attempt:
        """Return the attempt of this key, noted down before the provider is asked."""
        values = {
            "id": new_id("cpy"),
            "cart_id": cart_id,
            "key": key,
            "provider": provider,
            "state": "started",
            "amount": amount.amount,
            "currency": amount.currency,
            "created_at": now,
            "updated_at": now,
        }
        mine = (_C.cart_id == cart_id, _C.key == key)
        async with self._db.transaction() as connection:
            insert = self._db.insert_new(checkout_payments).values(values)
            await connection.execute(insert)
            row = (await connection.execute(select(checkout_payments).where(*mine))).mappings()
            return _attempt(row.one())

    async def move(
        self, attempt_id: str, states: Sequence[str], state: str, now: datetime, **values: Any
    ) -> bool:
        """Bring an attempt from one of some states into another; False if it was in none of them."""
        statement = (
            update(checkout_payments)
            .where(_C.id == attempt_id, _C.state.in_(tuple(states)))
            .values(state=state, updated_at=now, **values)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def unsettled(self, stale: datetime, limit: int) -> list[Attempt]:
        """Return payments to be captured, and those to be voided because no order came in time."""
        to_void = _C.state.in_(("started", "authorised")) & (_C.updated_at < stale)
        query = (
            select(checkout_payments)
            .where(_C.state.in_(("ordered", "releasing")) | to_void)
            .order_by(_C.updated_at)
            .limit(limit)
        )
        async with self._db.reading() as connection:
            return [_attempt(row) for row in (await connection.execute(query)).mappings()]

    async def of_customer(self, customer_id: str) -> list[Attempt]:
        """Return a customer's payments."""
        query = (
            select(checkout_payments).where(_C.customer_id == customer_id).order_by(_C.created_at)
        )
        async with self._db.reading() as connection:
            return [_attempt(row) for row in (await connection.execute(query)).mappings()]

    async def erase(self, customer_id: str) -> int:
        """Take a customer's name off settled payments; return how many there were."""
        statement = (
            update(checkout_payments).where(_C.customer_id == customer_id).values(customer_id=None)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)

    async def purge(self, before: datetime) -> int:
        """Delete what was settled long ago; return how many there were."""
        settled = _C.state.in_(("captured", "declined", "voided"))
        statement = delete(checkout_payments).where(settled, _C.updated_at < before)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)
