"""What a purchase comes to and how it is paid, and placing it."""

from __future__ import annotations

from dataclasses import dataclass

from actions.address_slots import new_address, one_line
from actions.basket import goods_of, items_of, spoken_basket
from actions.context import TurnContext
from actions.order_cards import order_card
from actions.purchase_slots import home_of, method_name
from closer.customers.records import NewAddress
from closer.kit.errors import Conflict
from closer.orders.payment_methods import payment_method
from closer.orders.pricing import Sums

_STANDARD = "standard"


@dataclass(frozen=True)
class _Way:
    """A way to pay that needs no more input, and what the customer knows it by."""

    method: str
    masked: str | None

    @property
    def spoken(self) -> str:
        """How it is paid, in words."""
        return f"with your {self.masked}" if self.masked else "by bank transfer"


async def can_charge(ctx: TurnContext) -> bool:
    """Say whether it can be ordered here: to an address, and paid in a way that needs no more input."""
    if ctx.customer_id is None:
        return False
    addresses = await ctx.services.customers.addresses(ctx.customer_id)
    return bool(addresses) and await _way_to_pay(ctx) is not None


async def spoken_total(ctx: TurnContext) -> str:
    """Return goods, sums, address and way to pay in words, as they are to be agreed on."""
    addresses = await ctx.services.customers.addresses(str(ctx.customer_id))
    new, home = _elsewhere(ctx), home_of(addresses, ctx.slot("deliver_to"))
    way = await _way_to_pay(ctx)
    sums = await ctx.services.orders.quote(
        str(ctx.customer_id),
        items_of(ctx),
        home.id if home else None,
        delivery_method=_sent_by(ctx),
        deliver_to=new,
    )
    goods = spoken_basket(await goods_of(ctx))
    where = one_line(ctx.slot("deliver_to")["parts"]) if new else home.one_line if home else ""
    return f"{goods}, {_spoken(sums, _sent_by(ctx))}, to {where}, paid {way.spoken if way else ''}"


async def place(ctx: TurnContext) -> None:
    """Place the order and take the payment that was agreed on."""
    customer_id = str(ctx.customer_id)
    way = await _way_to_pay(ctx)
    if way is None:
        raise Conflict("that way to pay is no longer possible")
    addresses = await ctx.services.customers.addresses(customer_id)
    home = home_of(addresses, ctx.slot("deliver_to"))
    done = await ctx.services.orders.place_order(
        customer_id,
        items_of(ctx),
        home.id if home else None,
        way.method,
        delivery_method=_sent_by(ctx),
        deliver_to=_elsewhere(ctx),
        masked=way.masked,
        idempotency_key=ctx.key(),
    )
    if payment_method(way.method).immediate:
        done = await ctx.services.orders.pay(
            customer_id, done.order.id, idempotency_key=ctx.key("pay")
        )
    order = done.order
    ctx.cost = order.total
    ctx.set("order_id", order.id)
    ctx.say(
        "utter_ordered" if order.state == "paid" else "utter_ordered_unpaid",
        cards=[order_card(order)],
        order_id=order.id,
        total=str(order.total),
        paid=way.spoken,
        date=f"{order.deliver_until:%A}, {order.deliver_until.day} {order.deliver_until:%B}",
    )


async def _way_to_pay(ctx: TurnContext) -> _Way | None:
    """Return the way to pay that was asked for, or the one used last; None if it takes the checkout page."""
    wanted = ctx.slot("payment_method")
    if wanted == "bank_transfer":
        return _Way(wanted, None)
    on_file = await ctx.services.orders.payments_on_file(str(ctx.customer_id))
    payment = next((p for p in on_file if wanted in (None, p.method)), None)
    return _Way(payment.method, payment.masked) if payment else None


def _elsewhere(ctx: TurnContext) -> NewAddress | None:
    """Return the address that is for this purchase only, if one was told."""
    told = ctx.slot("deliver_to")
    return new_address(told["parts"], "other") if isinstance(told, dict) else None


def _sent_by(ctx: TurnContext) -> str:
    return str(ctx.slot("delivery_method") or _STANDARD)


def _spoken(sums: Sums, method: str) -> str:
    """Return goods, delivery and total in words."""
    name = "delivery" if method == _STANDARD else method_name(method).lower()
    if not sums.delivery.price.amount:
        return f"{sums.total} in all with free {name}"
    return f"{sums.subtotal} plus {sums.delivery.price} {name}, {sums.total} in all"
