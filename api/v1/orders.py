"""One order."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.deps import Allow, ServicesDep
from api.v1.schemas.shop import OrderSchema
from api.v1.schemas.types import Id
from closer.kit.errors import NotFound
from closer.orders.records import Order
from closer.security.roles import Permission
from closer.security.tokens import Claims
from closer.services import Services

router = APIRouter(prefix="/orders", tags=["orders"])


@router.get("/{order_id}")
async def read_order(
    order_id: Annotated[Id, Path(examples=["12345"])],
    caller: Annotated[Claims, Depends(Allow(Permission.CUSTOMERS_OWN, Permission.CUSTOMERS_ANY))],
    services: ServicesDep,
) -> OrderSchema:
    """Read an order: one's own, or any for staff and services; another customer's does not exist."""
    order = await _find(services, caller, order_id)
    return OrderSchema.with_steps(order, services.orders.progress(order))


async def _find(services: Services, caller: Claims, order_id: str) -> Order:
    if caller.allows(Permission.CUSTOMERS_ANY):
        return await services.orders.get(order_id)
    if caller.customer_id is None:
        raise NotFound("there is no such order", code="order_not_found")
    return await services.orders.find(caller.customer_id, order_id)
