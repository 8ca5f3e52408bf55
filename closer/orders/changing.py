"""Changing an order until it is packed: lines, variants, address; the difference is charged or goes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from closer.customers.records import NewAddress
from closer.kit.errors import Conflict, InvalidInput
from closer.kit.money import Money
from closer.orders.base import nothing
from closer.orders.payment_methods import payment_method
from closer.orders.placing import Placing
from closer.orders.policy import REFUND_BUSINESS_DAYS, add_business_days
from closer.orders.pricing import MAX_LINES, check_quantity, line_columns, line_of, sums_of
from closer.orders.records import NewItem, Order, OrderChange, OrderItem, Refund
from closer.orders.tables import payments


class Changing(Placing):
    """Changes of open orders."""

    def changes_allowed(self, order: Order) -> bool:
        """Return whether lines and address can still be changed."""
        return order.is_open

    async def change_quantity(
        self,
        customer_id: str,
        order_id: str,
        line: int,
        quantity: int,
        *,
        idempotency_key: str | None = None,
        by: str = "customer",
    ) -> OrderChange:
        """Let a line have another number of pieces; 0 removes it.

        Raises:
            NotFound: if it is not this customer's order.
            Conflict: if it is packed already, stock is short (`out_of_stock`), or it is the last line (`last_item`).
            InvalidInput: if there is no such line or the number is not acceptable.
        """

        async def change(order: Order) -> list[OrderItem]:
            item = _line(order, line)
            if quantity == 0:
                return await self._without(order, item)
            check_quantity(quantity)
            await self._move_stock(item.product_id, quantity - item.quantity)
            changed = replace(item, quantity=quantity)
            await self._orders.put_line(order.id, line, line_columns(changed))
            return [changed if other.line == line else other for other in order.items]

        return await self._change(
            customer_id, order_id, "change_quantity", change, key=idempotency_key, by=by
        )

    async def remove_item(
        self,
        customer_id: str,
        order_id: str,
        line: int,
        *,
        idempotency_key: str | None = None,
        by: str = "customer",
    ) -> OrderChange:
        """Take a line off the order; errors as in `change_quantity`."""

        async def change(order: Order) -> list[OrderItem]:
            return await self._without(order, _line(order, line))

        return await self._change(
            customer_id, order_id, "remove_item", change, key=idempotency_key, by=by
        )

    async def add_item(
        self,
        customer_id: str,
        order_id: str,
        item: NewItem,
        *,
        idempotency_key: str | None = None,
        by: str = "customer",
    ) -> OrderChange:
        """Add a product to the order; one that is in it already, in the same options, becomes more.

        Raises:
            NotFound: if the order is not this customer's or the product is unknown.
            Conflict: if the order is packed already or stock is short.
            InvalidInput: if the number or an option is not acceptable.
        """

        async def change(order: Order) -> list[OrderItem]:
            product = await self._catalog.get(item.product_id)
            number = max(other.line for other in order.items) + 1
            added = line_of(product, item.quantity, item.options, number)
            same = next(
                (
                    o
                    for o in order.items
                    if _same_goods(o, added) and o.unit_price == added.unit_price
                ),
                None,
            )
            if same is None and len(order.items) >= MAX_LINES:
                raise InvalidInput(f"an order has at most {MAX_LINES} lines", field="items")
            if same is not None:
                check_quantity(same.quantity + item.quantity)
                added = replace(same, quantity=same.quantity + item.quantity)
            await self._catalog.take_stock(product.id, item.quantity)
            await self._orders.put_line(order.id, added.line, line_columns(added))
            return [*(other for other in order.items if other.line != added.line), added]

        return await self._change(
            customer_id, order_id, "add_item", change, key=idempotency_key, by=by
        )

    async def swap_variant(
        self,
        customer_id: str,
        order_id: str,
        line: int,
        *,
        product_id: str | None = None,
        options: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        by: str = "customer",
    ) -> OrderChange:
        """Exchange a line for another variant (colour, storage) or another option (size) of the same product.

        Raises:
            NotFound: if the order is not this customer's or the product is unknown.
            Conflict: if the order is packed already or stock is short.
            InvalidInput: if it is no variant of what was ordered, or an option is not acceptable.
        """

        async def change(order: Order) -> list[OrderItem]:
            old = _line(order, line)
            product = await self._catalog.get(product_id or old.product_id)
            variants = [variant.id for variant in await self._catalog.variants(old.product_id)]
            if product.id not in variants:
                raise InvalidInput(
                    "that is another product, not a variant", field="product_id", code="no_variant"
                )
            wanted = {**old.options, **(options or {})}
            new = line_of(product, old.quantity, wanted, line)
            if product.id == old.product_id:
                new = replace(new, unit_price=old.unit_price)
            else:
                await self._catalog.take_stock(product.id, old.quantity)
                await self._catalog.return_stock(old.product_id, old.quantity)
            await self._orders.put_line(order.id, line, line_columns(new))
            return [new if other.line == line else other for other in order.items]

        return await self._change(
            customer_id, order_id, "swap_variant", change, key=idempotency_key, by=by
        )

    async def change_address(
        self,
        customer_id: str,
        order_id: str,
        address_id: str | None = None,
        *,
        deliver_to: NewAddress | None = None,
        idempotency_key: str | None = None,
        by: str = "customer",
    ) -> OrderChange:
        """Send the order to another address; another country may change the postage.

        Args:
            customer_id: Whose order it is.
            order_id: The order.
            address_id: One of the customer's addresses.
            deliver_to: The address, if it is for this order only and not in the address book.
            idempotency_key: The same key is the same change.
            by: Who or what caused it.

        Raises:
            NotFound: if the order or the address is not this customer's.
            Conflict: if it is packed already.
            InvalidInput: if its delivery method does not reach that country, or a part of the address is not acceptable.
        """

        async def work() -> OrderChange:
            order = await self._changeable(customer_id, order_id)
            address = await self._address(customer_id, address_id, deliver_to)
            values = {"address": address.snapshot(), "country": address.country}
            await self._orders.update(order.id, **values)
            await self._event(order, "address_changed", by, country=address.country)
            if address.country == order.address["country"]:
                await self._orders.update(order.id, updated_at=self._clock.now())
                return OrderChange(await self.get(order.id), nothing(order), nothing(order))
            return await self._settle(order, list(order.items), address.country, by)

        return await self._once(customer_id, idempotency_key, "change_address", work)

    async def _change(
        self,
        customer_id: str,
        order_id: str,
        operation: str,
        change: Callable[[Order], Awaitable[list[OrderItem]]],
        *,
        key: str | None,
        by: str,
    ) -> OrderChange:
        async def work() -> OrderChange:
            order = await self._changeable(customer_id, order_id)
            items = await change(order)
            before = {str(item.line): [item.product_id, item.quantity] for item in order.items}
            after = {str(item.line): [item.product_id, item.quantity] for item in items}
            await self._event(order, operation, by, before=before, after=after)
            return await self._settle(order, items, str(order.address["country"]), by)

        return await self._once(customer_id, key, operation, work)

    async def _changeable(self, customer_id: str, order_id: str) -> Order:
        order = await self._locked(customer_id, order_id)
        if not order.is_open:
            raise Conflict(
                f"order {order.id} is {order.state_words} and cannot be changed any more",
                code="not_changeable",
            )
        return order

    async def _settle(
        self, order: Order, items: list[OrderItem], country: str, by: str
    ) -> OrderChange:
        """Bring sums, payment and invoice in line with the lines as they are now."""
        now = self._clock.now()
        sums = sums_of(order, items, country, now)
        moved = {"deliver_from": sums.delivery.earliest, "deliver_until": sums.delivery.latest}
        extra = moved if country != order.address["country"] else {}
        await self._orders.update(order.id, updated_at=now, **sums.columns(), **extra)
        difference = sums.total - order.total
        refund = None
        if order.state == "paid":
            refund = await self._settle_paid(order, difference, by)
            if difference.amount or items != list(order.items):
                await self._issue_invoice(await self.get(order.id), by)
        else:
            waiting = ("pending", "authorised", "failed")
            await self._orders.update_rows(payments, order.id, waiting, amount=sums.total.amount)
        return OrderChange(await self.get(order.id), difference, nothing(order), refund)

    async def _settle_paid(self, order: Order, difference: Money, by: str) -> Refund | None:
        if difference.amount > 0:
            method = payment_method(order.payment.method if order.payment else "visa")
            await self._add_payment(order, method, "captured", difference, kind="adjustment")
            await self._event(order, "charged", by, amount=str(difference.amount))
        if difference.amount >= 0:
            return None
        return await self._add_refund(
            order,
            kind="change",
            state="approved",
            amount=nothing(order) - difference,
            reason="order changed",
            code="changed",
            expected_by=add_business_days(self._clock.now(), REFUND_BUSINESS_DAYS),
            by=by,
        )

    async def _without(self, order: Order, item: OrderItem) -> list[OrderItem]:
        if len(order.items) == 1:
            raise Conflict(
                "it is the order's last item; cancel the order instead", code="last_item"
            )
        await self._catalog.return_stock(item.product_id, item.quantity)
        await self._orders.drop_line(order.id, item.line)
        return [other for other in order.items if other.line != item.line]

    async def _move_stock(self, product_id: str, more: int) -> None:
        if more > 0:
            await self._catalog.take_stock(product_id, more)
        elif more < 0:
            await self._catalog.return_stock(product_id, -more)


def _line(order: Order, line: int) -> OrderItem:
    item = next((item for item in order.items if item.line == line), None)
    if item is None:
        raise InvalidInput(f"order {order.id} has no line {line}", field="line")
    return item


def _same_goods(one: OrderItem, other: OrderItem) -> bool:
    return one.product_id == other.product_id and dict(one.options) == dict(other.options)
