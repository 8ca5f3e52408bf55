"""What all parts of the customers' service share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from closer.customers.records import Customer
from closer.customers.repository import CustomerRepository
from closer.kit.changes import NotedChange
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, NotFound

_ADDRESSES = ("address.added", "address.removed", "address.default")


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
        # A message's id tells in which words it was wished for; who wished for it is the customer.
        actor = customer_id if by.startswith("msg:") else by
        details = {"by": by[:160], "fields": sorted(fields)}
        self._db.note(NotedChange(actor, _action_of(fields), f"customer:{customer_id}", details))


def _action_of(fields: Mapping[str, Any]) -> str:
    """Return what the audit log calls a change of some fields; their values stay out of it."""
    first = next(iter(fields))
    if first.startswith("address."):
        return first if first in _ADDRESSES else "address.changed"
    return {"account": "account.created", "status": "account.closed"}.get(first, "account.changed")
