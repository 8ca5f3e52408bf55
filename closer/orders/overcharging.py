"""Payments that took too much: an order that was charged twice."""

from __future__ import annotations

from decimal import Decimal

from closer.kit.errors import Conflict
from closer.kit.money import Money
from closer.orders.policy import REFUND_BUSINESS_DAYS, add_business_days
from closer.orders.records import Order, OrderChange
from closer.orders.refunding import Refunding
from closer.orders.states import VOID_REFUNDS

_BUSINESS_DAYS_TO_CHECK = 2
#: Refunds that set right what was charged; those of returned goods do not.
_CORRECTIONS = ("change", "overcharge")


class Overcharging(Refunding):
    """Double charges."""

    async def overcharge(self, customer_id: str, order_id: str) -> Money:
        """Return by how much more than its total was taken for an order and has not gone back; zero if none.

        Raises:
            NotFound: if it is not this customer's.
        """
        return await self._overcharged(await self.find(customer_id, order_id))

    async def refund_overcharge(
        self,
        customer_id: str,
        order_id: str,
        *,
        idempotency_key: str | None = None,
        by: str = "customer",
    ) -> OrderChange:
        """Ask for what was charged too much; people check it with the payment provider before it is paid.

        Raises:
            NotFound: if it is not this customer's.
            Conflict: `not_overcharged`, if nothing too much was taken.
        """

        async def work() -> OrderChange:
            order = await self._locked(customer_id, order_id)
            excess = await self._overcharged(order)
            if excess.amount <= 0:
                raise Conflict("the order was charged once", code="not_overcharged")
            days = REFUND_BUSINESS_DAYS + _BUSINESS_DAYS_TO_CHECK
            refund = await self._add_refund(
                order,
                kind="overcharge",
                state="requested",
                amount=excess,
                reason="charged twice",
                code="charged_twice",
                expected_by=add_business_days(self._clock.now(), days),
                by=by,
            )
            nothing = Money(Decimal(0), order.currency)
            return OrderChange(await self.get(order.id), nothing, nothing, refund)

        return await self._once(customer_id, idempotency_key, "refund_overcharge", work)

    async def _overcharged(self, order: Order) -> Money:
        known = await self._refunds.of_customer(order.customer_id, order.id)
        back = sum(
            (
                r.amount.amount
                for r in known
                if r.state not in VOID_REFUNDS and r.kind in _CORRECTIONS
            ),
            Decimal(0),
        )
        return Money(max(Decimal(0), order.paid.amount - order.total.amount - back), order.currency)
