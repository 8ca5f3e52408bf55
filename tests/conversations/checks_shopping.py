"""Checks of carts and new orders."""

from __future__ import annotations

from typing import Any

from closer.kit.pagination import PageRequest
from closer.services import Services
from tests.conversations.conftest import NOW
from tests.conversations.state import check


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
