"""Erasing a person from their orders, as far as the tax office allows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from closer.orders.base import OrdersBase
from closer.orders.states import OPEN
from closer.orders.tables import orders, payments, refunds, shipments

_NOBODY = "erased"


class Forgetting(OrdersBase):
    """Erasure."""

    async def forget(self, customer_id: str) -> int:
        """Take name, street, card and words out of a customer's closed orders; return how many orders were emptied.

        What was bought, when and for how much stays, and so do the invoices, which the law wants kept; an order that
        is still on its way keeps its address until it has arrived: call again then. Calling twice is fine.
        """
        closed = orders.c.state.notin_([*OPEN, "packed", "shipped"])
        query = select(orders.c.id, orders.c.address).where(
            orders.c.customer_id == customer_id, closed
        )
        async with self._db.transaction() as connection:
            found = (await connection.execute(query)).all()
            emptied = [
                (order_id, address)
                for order_id, address in found
                if address["recipient"] != _NOBODY
            ]
            for order_id, address in emptied:
                of_order = {"address": _anonymous(address)}
                await connection.execute(
                    update(orders).where(orders.c.id == order_id).values(of_order)
                )
                for table, values in (
                    (payments, {"masked": _NOBODY}),
                    (refunds, {"reason": _NOBODY}),
                ):
                    await connection.execute(
                        update(table).where(table.c.order_id == order_id).values(values)
                    )
                await self._forget_journey(connection, order_id)
        return len(emptied)

    async def _forget_journey(self, connection: Any, order_id: str) -> None:
        query = select(shipments.c.id, shipments.c.events).where(shipments.c.order_id == order_id)
        for shipment_id, events in (await connection.execute(query)).all():
            plain = [{**event, "place": None} for event in events]
            await connection.execute(
                update(shipments).where(shipments.c.id == shipment_id).values(events=plain)
            )


def _anonymous(address: dict[str, Any]) -> dict[str, Any]:
    return {**dict.fromkeys(address), "recipient": _NOBODY, "country": address.get("country")}
