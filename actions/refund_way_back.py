"""How goods that are given back get to the shop."""

from __future__ import annotations

import re

from actions.context import TurnContext
from actions.order_slots import find_order
from closer.orders.reasons import GOODS_FAULTS
from closer.orders.records import Order, Refund

#: Refunds whose goods may still be here.
_UNDER_WAY = ("requested", "approved")
_ASKS = re.compile(
    r"\b(?:how|where)\b.{0,30}\b(?:send|ship|mail|post|bring|drop|return|get)\b.{0,20}\b(?:back|it|them|that|this|off|parcel|package|return)\b"
    r"|\b(?:return|shipping|postage) (?:label|slip|address)\b",
    re.IGNORECASE,
)


def say_way_back(ctx: TurnContext, order: Order, refund: Refund) -> None:
    """Say what is to be sent back for a refund, and how."""
    if not refund.items:
        ctx.say("utter_refund_keep_goods")
    elif refund.reason_code == "not_received":
        ctx.say("utter_refund_nothing_to_send")
    else:
        lines = [line for line, _ in refund.items]
        categories = dict.fromkeys(item.category for item in order.items if item.line in lines)
        conditions = "; ".join(
            ctx.services.orders.refund_policy(each).condition for each in categories
        )
        fault = refund.reason_code in GOODS_FAULTS
        said = "utter_refund_send_back_fault" if fault else "utter_refund_send_back"
        ctx.say(said, refund_id=refund.id, condition=conditions)


def asks_way_back(text: str) -> bool:
    """Say whether somebody asks how, or where, goods are sent back."""
    return _ASKS.search(text) is not None


async def tells_way_back(ctx: TurnContext) -> bool:
    """Answer "how do I send it back?" for the refund that was asked for last; say whether that was asked."""
    named = ctx.entity("product", "order_id")  # which may be other goods
    if ctx.customer_id is None or named is not None or not asks_way_back(ctx.text):
        return False
    known = await ctx.services.orders.refunds(ctx.customer_id)
    refund = next((each for each in known if each.state in _UNDER_WAY), None)
    if refund is None:
        return False
    say_way_back(ctx, await find_order(ctx, refund.order_id), refund)
    return True
