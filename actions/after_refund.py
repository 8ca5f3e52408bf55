"""What is said right after a refund was asked for or told of: "and the candle as well", "when?", "that's too long"."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.bought import bought_item, named_surely
from actions.confirming import is_asking
from actions.context import TurnContext
from actions.ended import ended_lately
from actions.negation import NT
from actions.order_slots import find_order
from actions.refund_words import say_how_long_refunds_take, say_refund
from actions.spoken_of import last_action
from actions.tasks.refund_withdrawal import keeps_goods, withdraws
from actions.waiting import begin_with
from closer.kit.errors import NotFound
from closer.orders.reasons import GOODS_FAULTS, told_reason
from closer.orders.records import Refund

#: Tasks after which a refund is spoken of.
REFUNDS = ("get_refund", "track_refund")
_ALSO = re.compile(r"\b(and|also|too|as well|plus|another|the other)\b", re.IGNORECASE)
_WHEN = re.compile(
    r"^\W*(?:and |so |ok(?:ay)? |but )*(?:when|how (?:long|soon|many days))\b(?! (?:do|have) (?:i|we) (?:have|got))(?!.*\b(?:deliver\w*|ship\w*|parcel|package|order|arriv\w* at)\b)",
    re.IGNORECASE,
)
_NOT_THERE = re.compile(
    rf"(?:\b(?:never|not|nothing|still (?:no|not|waiting))\b|{NT}).{{0,25}}\b(?:got|gotten|receiv\w*|arriv\w*|came|here|there|see|seen|in my account)\b",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(
    r"\b(?:too|so|very|that) (?:long|late|slow)\b|\btakes? forever\b|\bages\b", re.IGNORECASE
)


async def refund_spoken_of(ctx: TurnContext) -> Refund | None:
    """Return the refund that the conversation is about just now, if it is about one."""
    if ctx.customer_id is None or ended_lately(ctx) not in (*REFUNDS, "cancel_order"):
        return None
    order_id = ctx.slot("order_id")
    if order_id is None:
        return None
    try:
        made = await ctx.services.orders.refunds(ctx.customer_id, str(order_id))
    except NotFound:
        return None
    return made[0] if made else None


async def tells_when_money_comes(ctx: TurnContext) -> bool:
    """Answer a bare "when?" by the refund that was just spoken of; say whether it was one."""
    if not _WHEN.search(ctx.text) or ctx.entity("order_id", "delivery_city", "delivery_country"):
        return False
    if ctx.active_form == "get_refund_form":
        say_how_long_refunds_take(ctx)
        return True
    if ctx.active_form and ctx.slot("requested_slot"):  # another task is in progress
        return False
    refund = await refund_spoken_of(ctx)
    if refund is not None:
        say_refund(ctx, refund)
    return refund is not None


async def after_refund(ctx: TurnContext) -> list[EventType] | None:
    """Go on with the refund that was just spoken of; None if the message does not belong to it."""
    if withdraws(ctx.text) or keeps_goods(ctx.text):
        return begin_with(ctx, "get_refund")
    if await goes_back_too(ctx):
        return begin_with(ctx, "get_refund")
    if await tells_when_money_comes(ctx):
        return []
    refund = await refund_spoken_of(ctx)
    if refund is not None and (_TOO_LONG.search(ctx.text) or _NOT_THERE.search(ctx.text)):
        ctx.offer("action_handoff")
        ctx.say("utter_refund_missing" if refund.state == "paid" else "utter_refund_takes_long")
        return []
    return None


async def goes_back_too(ctx: TurnContext) -> bool:
    """Say whether, right after a refund, words name something else that was bought: "and the watch"."""
    if ended_lately(ctx) not in REFUNDS or ctx.customer_id is None or not _ALSO.search(ctx.text):
        return False
    spoken_of = ctx.slot("order_id")
    return bool(spoken_of and await holds(ctx, str(spoken_of))) or await names_bought(ctx)


async def names_bought(ctx: TurnContext) -> bool:
    """Say whether the words name a thing of an order that arrived."""
    if ctx.entity("product") is None or ctx.customer_id is None:
        return False
    latest = await ctx.services.orders.latest(ctx.customer_id, 20)
    arrived = [order for order in latest if order.state in ("delivered", "returned", "refunded")]
    return bought_item(ctx.text, arrived) is not None


async def asked_about(ctx: TurnContext) -> str | None:
    """Return the name of the thing just asked about, of whichever colour it was bought: "send it back"."""
    focus = ctx.tracker.slots.get("product_in_focus")
    if (
        ctx.customer_id is None
        or not focus
        or ended_lately(ctx) not in ("product_info", "check_stock")
    ):
        return None
    family = {each.id for each in await ctx.services.catalog.variants(str(focus))}
    latest = await ctx.services.orders.latest(ctx.customer_id, 20)
    arrived = (item for order in latest if order.state == "delivered" for item in order.items)
    return next((item.name for item in arrived if item.product_id in family), None)


async def is_faulty_and_bought(ctx: TurnContext) -> bool:
    """Say whether a fault is told of something that arrived, not asked about; after the terms of returning it is told in any shape."""
    told = not is_asking(ctx) or last_action(ctx, "action_check_refund_policy")
    return bool(told and told_reason(ctx.text) in GOODS_FAULTS and await names_bought(ctx))


async def holds(ctx: TurnContext, order_id: str) -> bool:
    """Say whether the words name something that an order of the customer's holds."""
    if ctx.customer_id is None:
        return False
    try:
        order = await find_order(ctx, order_id)
    except NotFound:
        return False
    return any(named_surely(ctx.text, item.name) for item in order.items)
