"""Refunds: the policy, asking for one, deciding and paying it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.kit.money import Money
from closer.orders import policy
from closer.orders.base import nothing
from closer.orders.invoicing import Invoicing
from closer.orders.policy import CategoryPolicy
from closer.orders.reasons import reason_code
from closer.orders.records import Order, OrderChange, Refund
from closer.orders.states import VOID_REFUNDS
from closer.orders.terms import RefundTerms


class Refunding(Invoicing):
    """Refunds."""

    def refund_policy(self, category: str) -> CategoryPolicy:
        """Return on what terms goods of a department go back."""
        return policy.refund_policy(category)

    def refund_policies(self) -> Sequence[CategoryPolicy]:
        """Return the terms of all departments."""
        return tuple(policy.REFUND_POLICIES.values())

    async def refund_terms(self, customer_id: str, order_id: str, reason: str = "") -> RefundTerms:
        """Return whether and how much of an order can be refunded now, by line; the reason in any words."""
        order = await self.find(customer_id, order_id)
        return await self._terms(order, reason_code(reason))

    async def refunds(self, customer_id: str, order_id: str | None = None) -> Sequence[Refund]:
        """Return a customer's refunds, the newest first, of all orders or of one."""
        exact = (await self.find(customer_id, order_id)).id if order_id is not None else None
        return await self._refunds.of_customer(customer_id, exact)

    async def request_refund(
        self,
        customer_id: str,
        order_id: str,
        *,
        amount: Decimal | None = None,
        reason: str = "",
        items: Sequence[tuple[int, int]] | None = None,
        idempotency_key: str | None = None,
        by: str = "customer",
    ) -> OrderChange:
        """Ask for money back; small sums are approved at once.

        Args:
            customer_id: Whose order it is.
            order_id: Its number.
            amount: How much; by default all that the policy allows for the items.
            reason: In any words.
            items: Lines and how many pieces of each; by default all that can go back.
            idempotency_key: The same key again gives the same refund.
            by: Who asks.

        Raises:
            NotFound: if it is not this customer's order.
            Conflict: if the policy refuses; the code is that of `RefundTerms.reason`.
            InvalidInput: if the amount or a line is not acceptable (`amount_too_high` names the maximum).
        """

        async def work() -> OrderChange:
            order = await self._locked(customer_id, order_id)
            code = reason_code(reason)
            terms = await self._terms(order, code)
            if not terms.eligible:
                raise Conflict(terms.text, code=terms.reason)
            chosen, most = _choice(terms, items)
            granted = _granted(amount, most)
            quick = granted.amount <= policy.AUTO_APPROVE_UP_TO
            days = policy.REFUND_BUSINESS_DAYS + (0 if quick else policy.BUSINESS_DAYS_TO_DECIDE)
            refund = await self._add_refund(
                order,
                kind="return",
                state="approved" if quick else "requested",
                amount=granted,
                reason=reason or "no reason given",
                code=code,
                items=chosen if granted == most else {},  # a part of the price: the goods stay
                expected_by=policy.add_business_days(self._clock.now(), days),
                by=by,
            )
            return OrderChange(await self.get(order.id), nothing(order), nothing(order), refund)

        return await self._once(customer_id, idempotency_key, "request_refund", work)

    async def decide_refund(self, refund_id: str, approved: bool, *, by: str) -> Refund:
        """Approve or refuse a refund that was requested; the same decision again changes nothing.

        Raises:
            NotFound: if there is none.
            Conflict: if it was decided otherwise.
        """
        state = "approved" if approved else "refused"
        async with self._db.transaction():
            refund = await self._locked_refund(refund_id)
            if refund.state == state:
                return refund
            if refund.state != "requested":
                raise Conflict(f"the refund is {refund.state} already", code="refund_decided")
            await self._refunds.update(refund_id, state=state, decided_at=self._clock.now())
            order = await self.get(refund.order_id)
            await self._event(order, f"refund_{state}", by, refund_id=refund_id)
            return await self._locked_refund(refund_id)

    async def withdraw_refund(self, customer_id: str, refund_id: str) -> Refund:
        """Take a request for money back on the customer's word, while nobody has decided on it.

        Raises:
            NotFound: if the customer has no such refund.
            Conflict: if it is decided already (`refund_decided`).
        """
        async with self._db.transaction():
            refund = await self._locked_refund(refund_id)
            if refund.customer_id != customer_id:
                raise NotFound("there is no such refund", code="refund_not_found")
            if refund.state == "withdrawn":
                return refund
            if refund.state != "requested":
                raise Conflict(f"the refund is {refund.state} already", code="refund_decided")
            await self._refunds.update(refund.id, state="withdrawn", decided_at=self._clock.now())
            order = await self.get(refund.order_id)
            await self._event(order, "refund_withdrawn", "customer", refund_id=refund.id)
            return await self._locked_refund(refund.id)

    async def pay_refund(self, refund_id: str, *, by: str) -> Refund:
        """Mark an approved refund as paid; an order that was paid back wholly becomes `refunded`.

        Raises:
            NotFound: if there is none.
            Conflict: if it is not approved.
        """
        async with self._db.transaction():
            refund = await self._locked_refund(refund_id)
            if refund.state == "paid":
                return refund
            if refund.state != "approved":
                raise Conflict(f"the refund is {refund.state}", code="refund_not_approved")
            now = self._clock.now()
            await self._refunds.update(refund_id, state="paid", paid_at=now)
            order = await self.get(refund.order_id)
            await self._event(
                order, "refund_paid", by, refund_id=refund_id, amount=str(refund.amount.amount)
            )
            returned = order.state in ("delivered", "returned", "shipped")
            if returned and order.refunded.amount >= order.paid.amount:
                await self._move(order, "refunded", by)
            return replace(refund, state="paid", paid_at=now)

    async def _locked_refund(self, refund_id: str) -> Refund:
        refund = await self._refunds.find(refund_id.strip().upper(), lock=True)
        if refund is None:
            raise NotFound("there is no such refund", code="refund_not_found")
        return refund

    async def _terms(self, order: Order, code: str) -> RefundTerms:
        known = await self._refunds.of_customer(order.customer_id, order.id)
        returned: Counter[int] = Counter()
        for refund in known:
            if refund.state not in VOID_REFUNDS and refund.kind == "return":
                returned.update(dict(refund.items))
        return policy.refund_terms(order, self._clock.now(), returned, code)

    async def _add_refund(
        self,
        order: Order,
        *,
        kind: str,
        state: str,
        amount: Money,
        reason: str,
        code: str,
        expected_by: datetime,
        by: str,
        items: Mapping[int, int] | None = None,
    ) -> Refund:
        now = self._clock.now()
        number = await self._requests.next_number(f"refund-{now.year}")
        refund = Refund(
            id=f"RF-{now.year}-{number:05d}",
            order_id=order.id,
            customer_id=order.customer_id,
            kind=kind,
            state=state,
            amount=amount,
            reason_code=code,
            reason=reason[:500],
            items=tuple(sorted((items or {}).items())),
            requested_at=now,
            decided_at=None if state == "requested" else now,
            paid_at=None,
            expected_by=expected_by,
        )
        columns = {**refund.__dict__, "amount": amount.amount, "currency": amount.currency}
        await self._refunds.add({**columns, "items": [list(pair) for pair in refund.items]})
        await self._event(
            order, f"refund_{state}", by, refund_id=refund.id, amount=str(amount.amount)
        )
        return refund


def _choice(
    terms: RefundTerms, items: Sequence[tuple[int, int]] | None
) -> tuple[dict[int, int], Money]:
    """Return the pieces by line and the most that is paid for them."""
    eligible = {item.line: item for item in terms.items if item.eligible}
    if items is None:
        return {line: item.quantity for line, item in eligible.items()}, terms.refundable
    if not items:
        raise InvalidInput("name at least one item", field="items")
    chosen: Counter[int] = Counter()
    for line, quantity in items:
        if quantity < 1:
            raise InvalidInput("quantity must be at least 1", field="items")
        chosen[line] += quantity
    total = Decimal(0)
    for line, quantity in chosen.items():
        item = eligible.get(line)
        if item is None or quantity > item.quantity:
            raise InvalidInput(
                f"line {line} cannot go back in that number", field="items", code="not_returnable"
            )
        total += item.amount.amount * quantity / item.quantity
    if dict(chosen) == {line: item.quantity for line, item in eligible.items()}:
        total = terms.refundable.amount
    return dict(chosen), Money(min(total, terms.refundable.amount), terms.refundable.currency)


def _granted(amount: Decimal | None, most: Money) -> Money:
    if amount is None:
        return most
    try:
        wanted = Money(Decimal(amount), most.currency)
    except (InvalidOperation, ValueError) as error:
        raise InvalidInput("that is no amount", field="amount") from error
    if not wanted.amount.is_finite() or wanted.amount <= 0:
        raise InvalidInput("the amount must be above zero", field="amount")
    if wanted.amount > most.amount:
        raise InvalidInput(
            f"at most {most} can be refunded",
            field="amount",
            code="amount_too_high",
            maximum=most.as_json(),
        )
    return wanted
