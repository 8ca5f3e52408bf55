"""Reading orders: lists, progress, history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from closer.kit.errors import InvalidInput, NotFound
from closer.kit.money import Money
from closer.kit.pagination import Page, PageRequest, page_of
from closer.orders.base import OrdersBase
from closer.orders.delivery import DeliveryOption, delivery_options
from closer.orders.payment_methods import PAYMENT_METHODS, PaymentMethod
from closer.orders.records import Basket, Order, OrderEvent, Payment, ProgressStep
from closer.orders.repository import OrderFilter
from closer.orders.states import STATES

_WAY = (
    ("placed", "Ordered"),
    ("paid", "Confirmed"),
    ("packed", "Packed"),
    ("shipped", "Shipped"),
    ("delivered", "Delivered"),
)
#: So many orders are looked at for how a customer pays.
_PAYMENTS_SEEN = 20
_ENDS = (("cancelled", "Cancelled"), ("returned", "Returned"), ("refunded", "Refunded"))


class Reading(OrdersBase):
    """What can be asked about orders."""

    async def list(
        self,
        customer_id: str,
        page: PageRequest | None = None,
        *,
        states: Sequence[str] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        category: str | None = None,
    ) -> Page[Order]:
        """Return a page of a customer's orders, the newest first, with the number of all that fit.

        Raises:
            InvalidInput: if a state is unknown.
        """
        unknown = sorted(set(states) - set(STATES))
        if unknown:
            raise InvalidInput(f"a state is one of {', '.join(STATES)}", field="state")
        page = page or PageRequest()
        wanted = OrderFilter(tuple(states), since, until, category)
        rows, total = await self._orders.page(customer_id, page, wanted)
        return page_of(rows, page, lambda order: f"{order.placed_at.isoformat()}|{order.id}", total)

    async def latest(self, customer_id: str, n: int = 5) -> Sequence[Order]:
        """Return a customer's last orders, the newest first."""
        return await self._orders.newest(customer_id, n)

    async def find_by_tracking(self, customer_id: str, tracking_number: str) -> Order:
        """Return a customer's order by the number of its parcel.

        Raises:
            NotFound: if there is none, or it is another customer's.
        """
        number = "".join(tracking_number.split()).upper()
        order = await self._orders.find_by_tracking(number)
        if order is None or order.customer_id != customer_id:
            raise NotFound("there is no such parcel", code="parcel_not_found")
        return order

    async def history(self, customer_id: str, order_id: str) -> Sequence[OrderEvent]:
        """Return what happened to a customer's order, the oldest first."""
        return await self._orders.events((await self.find(customer_id, order_id)).id)

    async def baskets(self, since: datetime | None = None) -> Sequence[Basket]:
        """Return what was bought together, for learning from it."""
        return await self._orders.baskets(since)

    def progress(self, order: Order) -> Sequence[ProgressStep]:
        """Return the stages of an order's way: what is done, where it stands now, what follows."""
        end = next((state for state, _ in _ENDS if order.state == state), None)
        if end is not None:
            stages = [
                (state, label)
                for state, label in (*_WAY, *_ENDS)
                if order.reached_at(state) is not None
            ]
            return [ProgressStep(label, "done", order.reached_at(state)) for state, label in stages]
        reached = [state for state, _ in _WAY].index(order.state)
        arrived = reached == len(_WAY) - 1
        steps = []
        for number, (state, label) in enumerate(_WAY):
            standing = "done" if number < reached or arrived else "todo"
            if number == reached and not arrived:
                standing = "current"
            steps.append(ProgressStep(label, standing, order.reached_at(state)))
        return steps

    def delivery_estimate(self, order: Order) -> tuple[datetime, datetime]:
        """Return the first and the last moment of its expected arrival; once it has arrived, when it did."""
        if order.delivered_at is not None:
            return order.delivered_at, order.delivered_at
        if order.shipment is not None:
            estimate = order.shipment.estimated_delivery
            return min(order.deliver_from, estimate), estimate
        return order.deliver_from, order.deliver_until

    def delivery_options(
        self, country: str, subtotal: Money | None = None
    ) -> Sequence[DeliveryOption]:
        """Return the ways to send something of that value to a country (a code of two letters), with days and price."""
        return delivery_options(country, subtotal or Money(Decimal(0)), self._clock.now())

    def payment_methods(self) -> Sequence[PaymentMethod]:
        """Return the ways to pay."""
        return PAYMENT_METHODS

    async def payments_on_file(self, customer_id: str) -> Sequence[Payment]:
        """Return how a customer paid before and can pay again, one payment a way, the latest first."""
        again = {method.id for method in PAYMENT_METHODS if method.immediate} - {"gift_card"}
        found: dict[str, Payment] = {}
        for order in await self.latest(customer_id, _PAYMENTS_SEEN):
            payment = order.payment
            if payment is not None and payment.method in again and payment.state == "captured":
                found.setdefault(payment.method, payment)
        return tuple(found.values())
