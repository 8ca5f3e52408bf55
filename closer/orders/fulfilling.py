"""What the warehouse and the carriers report: packed, shipped, delivered, returned."""

from __future__ import annotations

import hashlib
from datetime import datetime

from closer.kit.errors import InvalidInput
from closer.orders.changing import Changing
from closer.orders.delivery import delivery_option
from closer.orders.records import Order
from closer.orders.states import STATES, check_transition
from closer.orders.tables import shipments


class Fulfilling(Changing):
    """The way of the goods."""

    async def advance(self, order_id: str, to: str, *, by: str) -> Order:
        """Bring an order into its next state, with all that goes with it; the state it has changes nothing.

        Paid takes the payment and issues the invoice, shipped opens the parcel, delivered closes it, cancelled
        applies the terms of cancelling, returned puts the goods back in stock.

        Raises:
            NotFound: if there is no such order.
            InvalidInput: if the state is unknown.
            Conflict: if it cannot follow.
        """
        if to not in STATES:
            raise InvalidInput(f"a state is one of {', '.join(STATES)}", field="state")
        async with self._db.transaction():
            order = await self._orders.find(order_id, lock=True) or await self.get(order_id)
            if order.state == to:
                return order
            check_transition(order.id, order.state, to)
            if to == "paid":
                await self._capture(order, None, by)
            elif to == "cancelled":
                await self._cancel(order, self.cancellation(order), "cancelled by the shop", by)
            else:
                await self._move(order, to, by)
                await self._parcel(order, to)
            return await self.get(order_id)

    async def _parcel(self, order: Order, to: str) -> None:
        now = self._clock.now()
        if to == "shipped":
            await self._orders.add_row(shipments, _new_parcel(order, now))
        elif to == "delivered":
            await self._orders.update_rows(
                shipments,
                order.id,
                ("in_transit", "out_for_delivery", "delayed"),
                state="delivered",
                delivered_at=now,
            )
        elif to == "returned":
            await self._orders.update_rows(
                shipments, order.id, ("in_transit", "out_for_delivery", "delayed"), state="returned"
            )
            for item in order.items:
                await self._catalog.return_stock(item.product_id, item.quantity)


def tracking_number(carrier: str, order_id: str) -> str:
    """Return a parcel's number in the carrier's shape; the same for the same order."""
    digits = str(int(hashlib.sha256(f"{carrier}:{order_id}".encode()).hexdigest(), 16))
    shapes = {"UPS": f"1Z9N7{digits[:13]}", "USPS": f"9400{digits[:18]}", "FedEx": digits[:12]}
    return shapes.get(carrier, f"JD{digits[:18]}")


def _new_parcel(order: Order, now: datetime) -> dict[str, object]:
    country = str(order.address["country"])
    option = delivery_option(order.delivery_method, country, order.subtotal, now)
    left = {
        "at": now.isoformat(),
        "code": "shipped",
        "text": "Handed over to the carrier",
        "place": "Reno, NV",
    }
    return {
        "id": f"shp_{order.id}_{len(order.shipments) + 1}",
        "order_id": order.id,
        "carrier": option.carrier,
        "tracking_number": tracking_number(option.carrier, f"{order.id}-{len(order.shipments)}"),
        "state": "in_transit",
        "shipped_at": now,
        "estimated_delivery": max(order.deliver_from, option.earliest),
        "delivered_at": None,
        "events": [left],
    }
