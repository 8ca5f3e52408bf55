"""Placing an order and paying it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from closer.customers.records import Address, NewAddress
from closer.kit.errors import Conflict, InvalidInput
from closer.kit.money import Money
from closer.orders.cancelling import Cancelling
from closer.orders.delivery import delivery_option
from closer.orders.payment_methods import PaymentMethod, payment_method
from closer.orders.pricing import MAX_LINES, Sums, line_columns, line_of
from closer.orders.records import NewItem, Order, OrderChange, OrderItem
from closer.orders.tables import payments

FIRST_NUMBER = 700_000  # numbers below belong to the shop's past


class Placing(Cancelling):
    """New orders and their payments."""

    async def place_order(
        self,
        customer_id: str,
        items: Sequence[NewItem],
        address_id: str | None = None,
        payment_method: str = "visa",
        *,
        delivery_method: str = "standard",
        deliver_to: NewAddress | None = None,
        masked: str | None = None,
        idempotency_key: str | None = None,
        by: str = "customer",
    ) -> OrderChange:
        """Order something: takes the goods off the stock and authorises the payment.

        Args:
            customer_id: Who orders.
            items: What.
            address_id: Where it goes; the default address when left out.
            payment_method: How it is paid.
            delivery_method: How it is sent.
            deliver_to: Where it goes, if that is for this order only and not in the address book.
            masked: What the customer recognises the payment by, e.g. `Visa •••• 4242`.
            idempotency_key: The same key is the same order.
            by: Who or what caused it.

        Raises:
            NotFound: if a product, the customer or the address is unknown.
            InvalidInput: if a number, an option, the delivery or the payment method is not acceptable.
            Conflict: with code `out_of_stock`.
        """

        async def work() -> OrderChange:
            ways = {"method_name": payment_method, "delivery_method": delivery_method}
            address = await self._address(customer_id, address_id, deliver_to)
            return await self._place(customer_id, items, address, **ways, masked=masked, by=by)

        return await self._once(customer_id, idempotency_key, "place_order", work)

    async def quote(
        self,
        customer_id: str,
        items: Sequence[NewItem],
        address_id: str | None = None,
        *,
        delivery_method: str = "standard",
        deliver_to: NewAddress | None = None,
    ) -> Sums:
        """Return what an order would cost, delivery counted, without placing it.

        Raises:
            NotFound: if a product or the address is unknown.
            InvalidInput: if a number, an option or the delivery is not acceptable.
        """
        address = await self._address(customer_id, address_id, deliver_to)
        return self._sums(await self._lines(items), address, delivery_method)

    async def _address(
        self, customer_id: str, address_id: str | None, deliver_to: NewAddress | None
    ) -> Address:
        """Return an address of the customer's book, or the one that is for this order only."""
        if deliver_to is None:
            return await self._customers.address(customer_id, address_id)
        return await self._customers.draft_address(customer_id, deliver_to)

    async def pay(
        self,
        customer_id: str,
        order_id: str,
        method: str | None = None,
        *,
        idempotency_key: str | None = None,
        by: str = "customer",
    ) -> OrderChange:
        """Take the payment of an order, by the method it was placed with or by another one.

        Raises:
            NotFound: if it is not this customer's.
            Conflict: if it is not waiting for payment.
        """

        async def work() -> OrderChange:
            order = await self._locked(customer_id, order_id)
            if order.state != "placed":
                raise Conflict(
                    f"order {order.id} is {order.state_words}; no payment is due",
                    code="not_payable",
                )
            await self._capture(order, method, by)
            paid = await self.get(order.id)
            return OrderChange(paid, paid.total - paid.total, paid.fee)

        return await self._once(customer_id, idempotency_key, "pay", work)

    async def payment_failed(self, order_id: str, failure: str, *, by: str = "payments") -> Order:
        """Note that the payment of an order failed (see `payment_methods.FAILURES`)."""
        async with self._db.transaction():
            order = await self.get(order_id)
            await self._orders.update_rows(
                payments, order.id, ("pending", "authorised"), state="failed", failure=failure[:40]
            )
            await self._event(order, "payment_failed", by, failure=failure[:40])
            return await self.get(order_id)

    async def _place(
        self,
        customer_id: str,
        items: Sequence[NewItem],
        address: Address,
        *,
        method_name: str,
        delivery_method: str,
        masked: str | None,
        by: str,
    ) -> OrderChange:
        customer = await self._customers.get(customer_id)
        if customer.status != "active":
            raise Conflict("the account is closed", code="account_closed")
        method = payment_method(method_name)
        lines = await self._lines(items)
        now = self._clock.now()
        sums = self._sums(lines, address, delivery_method)
        order_id = await self._free_number()
        await self._orders.add(
            _columns(order_id, customer_id, address, sums, now),
            [line_columns(line) for line in lines],
        )
        for line in lines:
            await self._catalog.take_stock(line.product_id, line.quantity)
        order = await self.get(order_id)
        state = "authorised" if method.immediate else "pending"
        await self._add_payment(order, method, state, sums.total, masked=masked)
        await self._event(order, "placed", by, "placed", payment_method=method.id)
        return OrderChange(await self.get(order_id), sums.total, order.fee)

    def _sums(self, lines: Sequence[OrderItem], address: Address, delivery_method: str) -> Sums:
        subtotal = Money(
            sum((line.total.amount for line in lines), Decimal(0)), lines[0].unit_price.currency
        )
        option = delivery_option(delivery_method, address.country, subtotal, self._clock.now())
        return Sums(subtotal, Money(Decimal(0), subtotal.currency), option)

    async def _lines(self, items: Sequence[NewItem]) -> list[OrderItem]:
        if not 1 <= len(items) <= MAX_LINES:
            raise InvalidInput(f"an order has 1 to {MAX_LINES} items", field="items")
        lines: list[OrderItem] = []
        for wanted in items:
            product = await self._catalog.get(wanted.product_id)
            lines.append(line_of(product, wanted.quantity, wanted.options, len(lines) + 1))
        return lines

    async def _free_number(self) -> str:
        while True:
            number = str(FIRST_NUMBER + await self._requests.next_number("order"))
            if await self._orders.find(number) is None:
                return number

    async def _capture(self, order: Order, method_name: str | None, by: str) -> None:
        """Take the open payment, or a new one if there is none or another method is wanted."""
        now, waiting = self._clock.now(), ("pending", "authorised")
        current = next((p for p in order.payments if p.state in waiting), None)
        if current is None or method_name is not None:
            fallback = order.payment.method if order.payment else "visa"
            await self._orders.update_rows(payments, order.id, waiting, state="voided")
            await self._add_payment(
                order, payment_method(method_name or fallback), "captured", order.total
            )
        else:
            await self._orders.update_rows(
                payments, order.id, waiting, state="captured", captured_at=now
            )
        await self._move(order, "paid", by)
        await self._issue_invoice(await self.get(order.id), by)

    async def _add_payment(
        self,
        order: Order,
        method: PaymentMethod,
        state: str,
        amount: Money,
        kind: str = "payment",
        *,
        masked: str | None = None,
    ) -> None:
        now = self._clock.now()
        row = {
            "id": f"pay_{order.id}_{len(order.payments) + 1}",
            "order_id": order.id,
            "kind": kind,
            "method": method.id,
            "state": state,
            "masked": masked or method.name,
            "amount": amount.amount,
            "failure": None,
            "created_at": now,
            "captured_at": now if state == "captured" else None,
        }
        await self._orders.add_row(payments, row)


def _columns(
    order_id: str, customer_id: str, address: Address, sums: Sums, now: datetime
) -> dict[str, Any]:
    return {
        "id": order_id,
        "customer_id": customer_id,
        "state": "placed",
        "currency": sums.subtotal.currency,
        **sums.columns(),
        "fee": Decimal(0),
        "delivery_method": sums.delivery.method,
        "country": address.country,
        "address": address.snapshot(),
        "deliver_from": sums.delivery.earliest,
        "deliver_until": sums.delivery.latest,
        "placed_at": now,
        "updated_at": now,
    }
