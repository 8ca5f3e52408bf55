"""What is known of a customer: profile and order history."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from api.deps import Allow, ServicesDep
from api.paging import CursorSeal
from api.profiles import change_profile, read_profile
from api.v1.schemas.customers import Profile, ProfileBody
from api.v1.schemas.shop import OrderPage, OrderSummary
from api.v1.schemas.types import Cursor, Id, Line, UtcMoment
from closer.security.roles import Permission
from closer.security.tokens import Claims

router = APIRouter(prefix="/personalization", tags=["personalization"])

OwnOrAny = Annotated[Claims, Depends(Allow(Permission.CUSTOMERS_OWN, Permission.CUSTOMERS_ANY))]
State = Literal[
    "placed", "paid", "packed", "shipped", "delivered", "cancelled", "returned", "refunded"
]


@router.post("/customer-profile")
async def customer_profile(body: ProfileBody, caller: OwnOrAny, services: ServicesDep) -> Profile:
    """Read a profile; fields that are given are changed first."""
    caller.require_customer(body.customer_id)
    changed = await change_profile(services, body, caller)
    return await read_profile(services, body.customer_id, changed)


@router.get("/order-history")
async def order_history(
    *,
    caller: OwnOrAny,
    services: ServicesDep,
    customer_id: Annotated[Id, Query(examples=["user123"])],
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[Cursor | None, Query(description="next_cursor of the page before")] = None,
    state: Annotated[list[State], Query(description="only orders in these states")] = [],  # noqa: B006
    since: Annotated[UtcMoment | None, Query(description="placed from then on")] = None,
    until: Annotated[UtcMoment | None, Query(description="placed before then")] = None,
    category: Annotated[Line | None, Query(description="with a product of this category")] = None,
) -> OrderPage:
    """List a customer's orders, the newest first."""
    caller.require_customer(customer_id)
    await services.customers.get(customer_id)
    seal = CursorSeal(services.settings, f"orders {customer_id}")
    page = await services.orders.list(
        customer_id,
        seal.request(limit, cursor),
        states=state,
        since=since,
        until=until,
        category=category,
    )
    items = [OrderSummary.of(order) for order in page.items]
    return OrderPage(
        customer_id=customer_id, items=items, next_cursor=seal.next(page), total=page.total
    )
