"""Ordering a cart by its link; the token of the link is what permits it, a bearer token adds one's saved addresses."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.deps import Anyone, Caller, ServicesDep
from api.openapi import problem_response
from api.v1.schemas.checkout import (
    CheckoutBody,
    CheckoutLineBody,
    CheckoutOrderBody,
    CheckoutState,
    OrderReceipt,
)
from closer.security.tokens import Claims

router = APIRouter(prefix="/checkout", tags=["checkout"])

_MaybeCaller = Annotated[Claims | None, Depends(Caller())]


@router.post("", dependencies=[Depends(Anyone(per_minute=120))])
async def view(body: CheckoutBody, caller: _MaybeCaller, services: ServicesDep) -> CheckoutState:
    """Show a link's cart, what it costs and what can be chosen; once it was ordered, the order."""
    found = await services.checkout.view(
        body.token,
        caller.customer_id if caller else None,
        country=body.country,
        delivery_method=body.delivery_method,
    )
    return CheckoutState.of(found, services.settings.shop_name)


@router.post("/lines", status_code=204, dependencies=[Depends(Anyone(per_minute=60))])
async def change_line(body: CheckoutLineBody, services: ServicesDep) -> Response:
    """Take more or fewer pieces of something in a link's cart; 0 takes it out."""
    options = {name: str(value) for name, value in body.options.items()}
    await services.checkout.set_quantity(body.token, body.product_id, body.quantity, options)
    return Response(status_code=204)


@router.post(
    "/orders",
    dependencies=[Depends(Anyone(per_minute=20))],
    responses={402: problem_response("The payment was declined")},
)
async def place_order(
    body: CheckoutOrderBody, caller: _MaybeCaller, services: ServicesDep
) -> OrderReceipt:
    """Pay and order a link's cart; a cart that was ordered answers with its order again."""
    wish = body.wish(services.settings.currency)
    placed = await services.checkout.place(body.token, wish, caller.customer_id if caller else None)
    return OrderReceipt.placed(placed)
