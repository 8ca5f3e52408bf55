"""Cancelling an order: the terms, and doing it."""

from __future__ import annotations

from decimal import Decimal

from closer.kit.errors import Conflict
from closer.orders.base import nothing
from closer.orders.policy import (
    REFUND_BUSINESS_DAYS,
    add_business_days,
    cancellation_terms,
)
from closer.orders.records import Order, OrderChange, Refund
from closer.orders.refunding import Refunding
from closer.orders.tables import payments
from closer.orders.terms import CancellationTerms


class Cancelling(Refunding):
    """Cancellation."""

    def cancellation(self, order: Order) -> CancellationTerms:
        """Return whether the order can be cancelled now, the fee, and what goes back."""
        return cancellation_terms(order, self._clock.now())

    async def cancel(
        self,
        customer_id: str,
        order_id: str,
        reason: str = "",
        idempotency_key: str | None = None,
        *,
        by: str = "customer",
    ) -> OrderChange:
        """Cancel an order: what was paid goes back less the fee, the goods go back to the stock.

        Raises:
            NotFound: if it is not this customer's.
            Conflict: with code `already_cancelled` or `not_cancellable`; the detail says why.
        """

        async def work() -> OrderChange:
            order = await self._locked(customer_id, order_id)
            terms = self.cancellation(order)
            if not terms.allowed:
                code = "already_cancelled" if order.state == "cancelled" else "not_cancellable"
                raise Conflict(terms.text, code=code, reason=terms.reason)
            return await self._cancel(order, terms, reason, by)

        return await self._once(customer_id, idempotency_key, "cancel", work)

    async def _cancel(
        self, order: Order, terms: CancellationTerms, reason: str, by: str
    ) -> OrderChange:
        await self._move(order, "cancelled", by, fee=str(terms.fee.amount))
        await self._orders.update(order.id, fee=terms.fee.amount)
        await self._orders.update_rows(
            payments, order.id, ("pending", "authorised"), state="voided"
        )
        for item in order.items:
            await self._catalog.return_stock(item.product_id, item.quantity)
        refund = await self._refund_after_cancelling(order, terms, reason, by)
        await self._invoices.set_state(order.id, "credited")
        return OrderChange(
            await self.get(order.id), nothing(order) - order.total, terms.fee, refund
        )

    async def _refund_after_cancelling(
        self, order: Order, terms: CancellationTerms, reason: str, by: str
    ) -> Refund | None:
        if terms.refund.amount <= Decimal(0):
            return None
        now = self._clock.now()
        return await self._add_refund(
            order,
            kind="cancellation",
            state="approved",
            amount=terms.refund,
            reason=reason or "order cancelled",
            code="cancelled",
            expected_by=add_business_days(now, REFUND_BUSINESS_DAYS),
            by=by,
        )
