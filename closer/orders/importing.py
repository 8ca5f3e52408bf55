"""Taking over orders from elsewhere: another shop system, or the demo shop's seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from closer.kit.errors import InvalidInput
from closer.orders import tables
from closer.orders.base import OrdersBase
from closer.orders.identifiers import order_key

_CHUNK = 1000
#: In the order in which they refer to each other.
_TABLES = {
    table.name: table
    for table in (
        tables.orders,
        tables.order_items,
        tables.payments,
        tables.shipments,
        tables.invoices,
        tables.refunds,
        tables.order_events,
        tables.order_counters,
    )
}


class Importing(OrdersBase):
    """Bulk import."""

    async def import_rows(self, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Insert rows by table name, as they are, in one transaction; nothing is checked but their shape.

        Raises:
            InvalidInput: if a table is none of the orders'.
        """
        unknown = sorted(set(rows) - set(_TABLES))
        if unknown:
            raise InvalidInput(f"orders have no {', '.join(unknown)}")
        async with self._db.transaction() as connection:
            for name, table in _TABLES.items():
                found = [dict(row) for row in rows.get(name, ())]
                if name == "orders":
                    found = [{**row, "lookup": order_key(row["id"])} for row in found]
                for start in range(0, len(found), _CHUNK):
                    await connection.execute(table.insert(), found[start : start + _CHUNK])
