"""Putting a change of an order into words before the yes, and carrying it out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from actions.change_text import item_of, spoken_item
from actions.context import TurnContext
from actions.order_slots import find_order
from closer.kit.money import Money
from closer.orders.pricing import sums_of
from closer.orders.records import NewItem, Order, OrderChange, OrderItem


def sum_up(ctx: TurnContext, order: Order) -> None:
    """Put the change into words, with what it costs."""
    kind, item = ctx.slot("change_kind"), item_of(ctx, order)
    product: dict[str, Any] = ctx.slot("product") or {}
    items: list[OrderItem] = [
        other for other in order.items if item is None or other.line != item.line
    ]
    if kind == "add":
        added = OrderItem(
            0,
            product["id"],
            "",
            product["name"],
            "",
            {},
            Money(Decimal(product["price"])),
            ctx.slot("quantity"),
        )
        items, what = (
            [*order.items, added],
            f"add {added.quantity} \u00d7 {spoken_item(product)} to",
        )
    elif item is not None and kind == "remove":
        what = f"take {item.name} off"
    elif item is not None and kind == "quantity":
        items, what = (
            [*items, replace(item, quantity=ctx.slot("quantity"))],
            f"make it {ctx.slot('quantity')} \u00d7 {item.name} in",
        )
    elif item is not None:
        price = (
            Money(Decimal(product["price"]))
            if product["id"] != item.product_id
            else item.unit_price
        )
        pieces = pieces_swapped(ctx, item)
        counted = "" if pieces == item.quantity else f"{pieces} \u00d7 "
        items, what = (
            [*items, replace(item, unit_price=price, quantity=pieces)],
            f"swap {item.name} for {counted}{spoken_item(product)} in",
        )
    total = sums_of(order, items, str(order.address["country"]), ctx.services.clock.now()).total
    difference = total - order.total
    amount = Money(abs(difference.amount), difference.currency)
    cost = (
        f"{amount} {'more' if difference.amount > 0 else 'less'}"
        if difference.amount
        else "the same price"
    )
    ctx.set("task_summary", f"{what} order {order.id}? That is {cost}, {total} in all")


def pieces_swapped(ctx: TurnContext, item: OrderItem) -> int:
    """Return how many pieces there are to be of the variant that takes the place of a line."""
    told = ctx.slot("quantity")
    return int(told) if told else item.quantity


async def carry_out(ctx: TurnContext) -> OrderChange:
    """Make the change that was agreed on."""
    customer_id, order_id = str(ctx.customer_id), str(ctx.slot("order_id"))
    kind, product = ctx.slot("change_kind"), ctx.slot("product") or {}
    line = int((ctx.slot("item") or {}).get("line", 0))
    key: dict[str, Any] = {"idempotency_key": ctx.key()}
    orders = ctx.services.orders
    if kind == "add":
        new = NewItem(product["id"], ctx.slot("quantity"), product["options"])
        return await orders.add_item(customer_id, order_id, new, **key)
    if kind == "remove":
        return await orders.remove_item(customer_id, order_id, line, **key)
    if kind == "quantity":
        return await orders.change_quantity(
            customer_id, order_id, line, ctx.slot("quantity"), **key
        )
    return await _swap(ctx, await find_order(ctx, order_id), line, product)


async def _swap(ctx: TurnContext, order: Order, line: int, product: dict[str, Any]) -> OrderChange:
    """Put another variant in the place of a line, in another number of pieces if that is wanted, too."""
    customer_id, orders = str(ctx.customer_id), ctx.services.orders
    item = next(item for item in order.items if item.line == line)
    pieces = pieces_swapped(ctx, item)
    change = await orders.swap_variant(
        customer_id,
        order.id,
        line,
        product_id=product["id"],
        options=product["options"],
        idempotency_key=ctx.key(),
    )
    if pieces == item.quantity:
        return change
    more = await orders.change_quantity(
        customer_id, order.id, line, pieces, idempotency_key=ctx.key("pieces")
    )
    return replace(more, difference=change.difference + more.difference)
