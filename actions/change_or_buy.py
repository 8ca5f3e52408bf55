"""What sounds like changing an order and is none of that: a purchase, a cart, goods that have arrived and can go back."""

from __future__ import annotations

import re

from actions.address_text import names_address
from actions.bought import order_like, order_with
from actions.cart_slots import puts_in
from actions.change_text import line_like, variant_like
from actions.context import TurnContext
from actions.goods_named import surely_meant
from actions.order_slots import find_order
from actions.product_slots import put_in_focus
from actions.shopping_talk import goes_on_with_cart, orders_what_was_shown
from actions.talk import in_talk
from closer.orders.reasons import FAULT_REASONS, told_reason

#: A message that hardly sounds like a change is none where an address is told.
_UNSURE = 0.6
#: What came wrong has arrived, and goes back: "I ordered a white one and it came green".
_CAME = re.compile(
    r"\b(?:got|came|arrived|received|turned up|(?:you|they) sent|sent me|delivered)\b",
    re.IGNORECASE,
)
_RATHER = re.compile(
    r"\b(?:should(?:'ve)? (?:be|have been|been)|ought to be|supposed to be|needs? to be|instead|rather|not)\b",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"\W*(?:(?:please|pls|hi|hey|hello|ok|yes|now|then|so|and|can|could|you|i|i'?d|would|like|want|wanna|let me|to)\W+)*order\b(?!\s*(?:#|(?:no|number|nr|id)\b|\S*\d{4}))",
    re.IGNORECASE,
)


#: "I need two pairs of the boots": bought, unless anything speaks of an order there is.
_WANTS = re.compile(
    r"\b(?:i|we)(?:'?d| would)?(?: also| rather)? (?:need|want|like|love|take)\b(?! to (?:change|swap|add|edit|modify))|\b(?:get|give|send) me\b",
    re.IGNORECASE,
)
_OF_AN_ORDER = re.compile(
    r"\b(?:orders?|ordered|add\w*|swap\w*|chang\w*|exchang\w*|replac\w*|instead|rather|not|remov\w*|my)\b",
    re.IGNORECASE,
)


async def task_of_goods(ctx: TurnContext) -> str | None:
    """Return the task of a message that sounds like an order's change and is about a cart, or about goods to be bought."""
    if ctx.confidence < _UNSURE and await sends_own(ctx):
        return "change_shipping_address"
    if await in_its_place(ctx):
        return "place_order"
    if puts_in(ctx.text) or orders_what_was_shown(ctx) or await _orders_anew(ctx):
        return "place_order"
    if _CAME.search(ctx.text) and told_reason(ctx.text) in FAULT_REASONS:
        return "get_refund"
    about_cart = "order" not in ctx.text.lower() and await goes_on_with_cart(ctx)
    return "change_cart" if about_cart else None


async def sends_own(ctx: TurnContext) -> bool:
    """Say whether an address is told beside the name of something that is to be sent yet."""
    if ctx.customer_id is None or not names_address(ctx.text):
        return False
    latest = await ctx.services.orders.latest(ctx.customer_id, 8)
    return order_with(ctx.text, [order for order in latest if order.is_open]) is not None


async def _orders_anew(ctx: TurnContext) -> bool:
    """Whether a message orders goods ("order meadow sandals black") that no open order holds."""
    bought = _ORDERS.match(ctx.text) or (
        _WANTS.search(ctx.text) and not _OF_AN_ORDER.search(ctx.text)
    )
    named = ctx.entity("product") is not None or await surely_meant(ctx, ctx.text) is not None
    if not (bought and named):
        return False
    latest = await ctx.services.orders.latest(str(ctx.customer_id), 8) if ctx.customer_id else []
    return order_with(ctx.text, [order for order in latest if order.is_open]) is None


async def wants_other_variant(ctx: TurnContext) -> bool:
    """Say whether words without a wish tell how something of an open order should rather be: "the mat should be plum"."""
    if ctx.customer_id is None or ctx.entity("product") is None or not _RATHER.search(ctx.text):
        return False
    latest = await ctx.services.orders.latest(ctx.customer_id, 8)
    order = order_like([each for each in latest if each.is_open], ctx.text)
    item = line_like(order, ctx.text) if order else None
    return item is not None and await variant_like(ctx, item, ctx.text) is not None


async def in_its_place(ctx: TurnContext) -> bool:
    """Say whether another variant of what was just cancelled is ordered: "now order the red one instead"; its variants are shown then."""
    order_id = in_talk(ctx).get("order_id")
    if not order_id or ctx.customer_id is None or not _ORDERS.match(ctx.text):
        return False
    order = await find_order(ctx, str(order_id))
    if order.state != "cancelled" or len(order.items) != 1:
        return False
    family = await ctx.services.catalog.variants(order.items[0].product_id)
    put_in_focus(ctx, await ctx.services.catalog.get(order.items[0].product_id), family)
    return True


async def offer_return(ctx: TurnContext) -> None:
    """Say that no order can be changed any more; what arrived and is named can go back instead."""
    latest = await ctx.services.orders.latest(str(ctx.customer_id), 8)
    named = order_like([order for order in latest if order.state == "delivered"], ctx.text)
    if named is None:
        ctx.say("utter_no_order_to_change")
        return
    ctx.say("utter_cannot_change", order_id=named.id, state=named.state_words)
    ctx.say("utter_offer_return")
    ctx.offer("get_refund_form", {"order_id": named.id})
