"""The wish that an order already placed travels faster or comes on a certain day: neither can be changed, and what can is said."""

from __future__ import annotations

import re

from actions.context import TurnContext
from actions.order_slots import find_order
from actions.talk import in_talk
from closer.kit.errors import NotFound
from closer.orders.records import Order

_DAY = (
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|tomorrow|tmrw|tonight|today|(?:the )?weekend|next week|earlier|later|sooner|"
    r"(?:a|another|different) (?:day|date|time)|\d{1,2}(?:st|nd|rd|th)"
)
_FASTER = re.compile(
    r"\b(?:upgrade|switch|change|make|move|bump|put|set|turn|get)\b.{0,40}\b(?:express|faster|next.?day|overnight|priority|quicker)\b"
    r"|\b(?:send|ship|deliver)\w*\s+(?:\S+\s+){0,2}?(?:it|that|this|order)\b.{0,20}\b(?:express|faster|overnight|quicker)\b|\bexpedite\b"
    r"|\b(?:be|come|go|get|arrive|any|anything|something|no|a|need|want|that|bit|much) (?:\w+ ){0,2}?(?:faster|quicker|sooner|earlier)\b|\bspe?ed\w* (?:\w+ ){0,3}?up\b|\bhurry\b",
    re.IGNORECASE,
)
_ON_A_DAY = re.compile(
    rf"\b(?:deliver|send|ship|bring|reschedule|postpone|delay|move|push|hold|change)\w*\b.{{0,40}}\b(?:{_DAY})\b"
    rf"|\b(?:can|could|may|should)\b.{{0,30}}\b(?:come|arrive|be delivered|be here|get here)\b.{{0,15}}\b(?:{_DAY})\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"^\W*(?:when|will|how|what|do you|is it possible to choose)\b", re.IGNORECASE)


async def answer_wish(ctx: TurnContext) -> bool:
    """Answer the wish for express or for a day, if the message has one and it is about an order; say whether it did."""
    faster = _FASTER.search(ctx.text) is not None
    wished = faster or (_ON_A_DAY.search(ctx.text) and not _ASKS.match(ctx.text))
    order = await _order_meant(ctx) if wished and ctx.customer_id else None
    if order is None:
        return False
    ctx.set("order_id", order.id)
    _, last = ctx.services.orders.delivery_estimate(order)
    due = f"{last:%A}, {last.day} {last:%B}"
    if not order.is_open:
        ctx.say("utter_delivery_fixed", order_id=order.id, state=order.state_words)
        return True
    ctx.say("utter_delivery_as_ordered", order_id=order.id, date=due)
    country = str(order.address["country"])
    options = ctx.services.orders.delivery_options(country, order.subtotal)
    express = next((option for option in options if option.method == "express"), None)
    if faster and express is not None:
        day = f"{express.latest:%A}, {express.latest.day} {express.latest:%B}"
        ctx.say("utter_order_again_express", order_id=order.id, price=str(express.price), date=day)
        if not ctx.active_form:
            ctx.offer("cancel_order_form", {"order_id": order.id})
    else:
        ctx.say("utter_delivery_elsewhere", order_id=order.id)
    return True


async def _order_meant(ctx: TurnContext) -> Order | None:
    """Return the order that is named, was just spoken of, or is the only open one."""
    number = ctx.entity("order_id") or in_talk(ctx).get("order_id")
    if number is None:
        orders = await ctx.services.orders.latest(str(ctx.customer_id), 8)
        going = [order for order in orders if order.is_open]
        return going[0] if len(going) == 1 else None
    try:
        return await find_order(ctx, str(number))
    except NotFound:
        return None
