"""Checks of carts and new orders."""

from __future__ import annotations

from typing import Any

from closer.customers.records import NewAddress
from closer.kit.pagination import PageRequest
from closer.services import Services
from tests.conversations.conftest import NOW
from tests.conversations.state import arrangement, check


@arrangement("address")
async def _address(services: Services, details: dict[str, Any]) -> None:
    """Put a further address in a customer's book."""
    parts = {name: value for name, value in details.items() if name != "customer"}
    await services.customers.add_address(details["customer"], NewAddress(**parts))


async def _new(services: Services, customer: str) -> list[Any]:
    page = await services.orders.list(customer, PageRequest(limit=20))
    return [order for order in page.items if order.placed_at > NOW]


@check("latest_order")
async def _latest_order(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    orders = await _new(services, str(customer))
    assert len(orders) == 1, f"{len(orders)} orders were placed"
    [item] = orders[0].items
    assert item.product_id == details["product"], f"ordered was {item.name}"
    assert item.quantity == details["quantity"], f"ordered were {item.quantity}"
    if "states" in details:
        assert orders[0].state in details["states"], f"state is {orders[0].state}"
    if "options" in details:
        assert dict(item.options) == details["options"], f"ordered was {dict(item.options)}"
    if "city" in details:
        assert orders[0].address["city"] == details["city"], f"it goes to {orders[0].address}"
    if "sent_by" in details:
        sent = orders[0].delivery_method
        assert sent == details["sent_by"], f"it is sent by {sent}"
    if "paid_by" in details:
        paid = orders[0].payment.method
        assert paid == details["paid_by"], f"it is paid by {paid}"


@check("new_order")
async def _new_order(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """One order was placed; `items` names all its lines as "2 x product id", with the size behind a blank."""
    orders = await _new(services, str(customer))
    found = [
        sorted(
            " ".join([f"{i.quantity} x {i.product_id}", *i.options.values()]) for i in order.items
        )
        for order in orders
    ]
    assert found == [sorted(details["items"])], f"ordered was {found}"


@check("cart_lines")
async def _cart_lines(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    """`lines` are all products in the cart with their numbers of pieces."""
    cart = await services.carts.view(str(customer))
    lines = {line.product.id: line.quantity for line in cart.lines}
    assert lines == details["lines"], f"in the cart: {lines}"


@check("new_orders")
async def _new_orders(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    orders = await _new(services, str(customer))
    assert len(orders) == details["count"], f"{len(orders)} orders were placed"


@check("no_new_order")
async def _no_new_order(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    assert await _new(services, str(customer)) == []


@check("cart")
async def _cart(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    cart = await services.carts.view(str(customer))
    lines = {line.product.id: line.quantity for line in cart.lines}
    assert lines == {details["product"]: details["quantity"]}, f"in the cart: {lines}"


@check("cart_is_empty")
async def _cart_is_empty(services: Services, customer: str | None, details: dict[str, Any]) -> None:
    cart = await services.carts.view(str(customer))
    assert cart.lines == (), f"in the cart: {cart.lines}"
