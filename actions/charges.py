"""Which order a charge was for, and an order's payments as a card."""

from __future__ import annotations

import re
from decimal import Decimal

from actions.context import TurnContext
from actions.days import day_of
from closer.conversations.turn import Card, Fact
from closer.orders.records import Order

#: "Why was I charged 568?": what a charge was for is asked, and no trouble told.
_WHAT_FOR = re.compile(r"\b(?:why|what(?:'?s|s)?|which)\b|\?\s*$", re.IGNORECASE)
_AMOUNT = re.compile(r"(?<![\w.])\d{1,5}(?:\.\d{1,2})?(?![\w])")


async def explain_charge(ctx: TurnContext) -> bool:
    """Tell which order a charge was for that is only asked about; say whether there is one of that sum."""
    if not _WHAT_FOR.search(ctx.text):
        return False
    sums = {Decimal(amount) for amount in _AMOUNT.findall(ctx.text.replace(",", ""))}
    latest = await ctx.services.orders.latest(str(ctx.customer_id), 20)
    order = next((each for each in latest if each.total.amount in sums), None)
    if order is None:
        return False
    ctx.set("order_id", order.id)
    ctx.say(
        "utter_charge_explained",
        cards=[payment_card(order)],
        order_id=order.id,
        items=", ".join(f"{item.quantity} \u00d7 {item.name}" for item in order.items),
        amount=str(order.total),
        method=order.payment.masked if order.payment else "",
        date=day_of(order.placed_at),
    )
    return True


def payment_card(order: Order) -> Card:
    """Return an order's payments as a card."""
    words = {"captured": "taken", "authorised": "reserved", "voided": "released"}
    facts = [
        Fact(
            label=payment.masked,
            value=f"{payment.amount} {words.get(payment.state, payment.state)}",
        )
        for payment in order.payments
    ]
    return Card(
        kind="payment",
        title=f"Payments for order {order.id}",
        subtitle=f"Total {order.total}",
        facts=facts,
    )
