"""What all parts of the customers' service share."""

from __future__ import annotations

from typing import Any

from closer.customers.records import Customer
from closer.customers.repository import CustomerRepository
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, NotFound


class CustomersBase:
    """State and helpers; see `CustomerService` for the whole.

    Args:
        db: The database.
        clock: The time.
        region: How to read phone numbers without country code.
    """

    def __init__(self, db: Database, clock: Clock, region: str = "US") -> None:
        self._db = db
        self._clock = clock
        self._region = region
        self._repository = CustomerRepository(db)

    async def _get(self, customer_id: str, *, lock: bool = False) -> Customer:
        customer = await self._repository.find(customer_id, lock=lock)
        if customer is None:
            raise NotFound("there is no such customer", code="customer_not_found")
        return customer

    async def _open(self, customer_id: str) -> Customer:
        customer = await self._get(customer_id, lock=True)
        if customer.status != "active":
            raise Conflict("the account is closed", code="account_closed")
        return customer

    async def _record(self, customer_id: str, fields: dict[str, tuple[Any, Any]], by: str) -> None:
        shared = {"customer_id": customer_id, "by": by[:160], "at": self._clock.now()}
        rows = [
            {**shared, "field": name, "old": old, "new": new} for name, (old, new) in fields.items()
        ]
        await self._repository.add_changes(rows)
