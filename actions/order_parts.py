"""A part of an order that is to be called off, or kept when the rest is."""

from __future__ import annotations

import re

from actions.bought import PLACE, holds, items_named, likeness
from actions.change_words import kind_in, pieces_less
from actions.confirming import is_unreserved
from actions.context import TurnContext
from actions.negation import NT
from actions.order_slots import find_order, meant_elsewhere
from actions.slot_types import Answer, ConfirmSlot, Filled, Invalid, SlotType
from closer.orders.records import Order

#: "from my order 12346" says where something is, not that the order is meant.
_WHERE = re.compile(
    r"\b(?:from|in|of|on|out of|off)\s+(?:(?:my|the|this|that|our)\s+)?(?:\w+\s+)?orders?\b|\b(?:order\s+)?(?:number\s+)?#?[a-z-]*\d{4}[\w-]*",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"\b(orders?|purchases?|parcels?|packages?|whole|entire|everything|all|both|complete(ly)?)\b",
    re.IGNORECASE,
)
_REASON = re.compile(r"\b(?:because|since|as i|cos|cuz|coz)\b.*", re.IGNORECASE | re.DOTALL)
_NOT_ARRIVED = ("placed", "paid", "packed", "shipped")
_THE_ORDER = re.compile(
    r"\bcancel (?:(?:the|my|this|that) (?:[\w-]+ ){0,3}order|(?:(?:the|my) )?order (?:number )?#?[\w-]*\d[\w-]*)(?: (?:please|pls|now|then))*\W*$",
    re.IGNORECASE,
)
#: "I don't need the grinder any more", without a word of cancelling.
_UNWANTED = re.compile(
    rf"(?:{NT}|\bnot|\bno longer) (?:\w+ )?(?:need|want)\b|\bpull the plug\b", re.IGNORECASE
)
#: "Can you take the grinder off": of all that is told of an order, just this is to go.
_GOES = re.compile(
    r"\b(?:take|drop|remove|cancel|delete|leave out|get rid of)\s+(?:(?:just|only|out)\s+)?(?:the|that|my|this)\b",
    re.IGNORECASE,
)
#: Such a guess of the model tells no wish.
_UNSURE = 0.4
_KEEPS = re.compile(
    r"\b(?:keep(?:ing)?|except|apart from|but not|not|still (?:want|need))\b|\b(?:don'?t|dont)\b",
    re.IGNORECASE,
)


def part_to_cancel(order: Order, said: str) -> list[int]:
    """Return the lines that a wish to cancel is about, if it names only a part of the order."""
    rest = PLACE.sub(" ", _WHERE.sub(" ", _REASON.sub(" ", said)))
    if _WHOLE.search(rest):
        return []
    named = items_named(rest, order.items)
    if len(named) > 1 and (goes := _GOES.search(rest)):
        named = items_named(rest[goes.start() :], order.items) or named
    some = any(pieces_less(rest, item.name, item.quantity) is not None for item in named)
    return [item.line for item in named] if some or len(named) < len(order.items) else []


def lines_off(order: Order, words: str) -> list[int] | None:
    """Return the lines to call off by what is said when the whole was to be; none of them if all is kept, None if unclear."""
    if keeps := _KEEPS.search(words):
        kept = {item.line for item in items_named(words[keeps.end() :], order.items)}
        return [item.line for item in order.items if item.line not in kept] if kept else None
    return part_to_cancel(order, words) or None


async def unwanted(ctx: TurnContext) -> bool:
    """Say whether a message without a clear wish names goods of an order that has not arrived as not needed."""
    unsure = ctx.confidence < _UNSURE
    if not (unsure or ctx.intent in ("inform", "nlu_fallback")) or ctx.customer_id is None:
        return False
    if ctx.entity("product") is None or _UNWANTED.search(ctx.text) is None:
        return False
    orders = await ctx.services.orders.latest(ctx.customer_id, 8)
    return any(order.state in _NOT_ARRIVED and holds(order, ctx.text) for order in orders)


class PartSlot(SlotType):
    """The lines to call off where not the whole order is meant; said beside the confirming question."""

    insists = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words that name goods to be kept or called off."""
        here = _keeps_goods(ctx) or not meant_elsewhere(ctx, "change_order")
        asked = ctx.slot("requested_slot") == "confirmed" and here
        asked = asked and kind_in(ctx.text) not in ("add", "swap", "quantity")
        return ctx.text if asked and (ctx.entity("product") or _KEEPS.search(ctx.text)) else None

    async def check(self, ctx: TurnContext, value: object) -> Filled | Invalid:
        """Find the lines; who keeps all of them wants nothing cancelled."""
        if ctx.slot("order_id") != ctx.tracker.slots.get("order_id"):
            return Filled(ctx.slot("item"))  # the words chose another order
        order = await find_order(ctx, str(ctx.slot("order_id")))
        lines = lines_off(order, str(value))
        if lines == []:
            ctx.set("confirmed", False)
        return Filled(ctx.slot("item") if lines is None else lines)


class CancelConfirmSlot(ConfirmSlot):
    """Yes or no to cancelling an order; "no, keep the jeans" is neither, "cancel the jeans order" as good as a yes."""

    def __init__(self) -> None:
        super().__init__("cancel|scrap|bin|ditch|kill|drop")

    def read(self, ctx: TurnContext, answer: Answer) -> bool | None:
        """Return True or False, None if goods are named without the order."""
        if answer.asked and _repeats(ctx):
            return True
        partly = ctx.entity("product") is not None and not _WHOLE.search(ctx.text)
        return None if partly or _keeps_goods(ctx) else super().read(ctx, answer)

    def claims(self, ctx: TurnContext) -> bool:
        """Say whether goods are to be kept ("wait, keep the shoes"), which stops nothing."""
        return _keeps_goods(ctx) or super().claims(ctx)


def _keeps_goods(ctx: TurnContext) -> bool:
    return ctx.entity("product") is not None and _KEEPS.search(ctx.text) is not None


def _repeats(ctx: TurnContext) -> bool:
    """Whether a message orders once more, by its number or its goods, what is to be confirmed."""
    if not _THE_ORDER.search(ctx.text) or _KEEPS.search(ctx.text) or not is_unreserved(ctx):
        return False
    number, goods = ctx.entity("order_id"), ctx.entity("product")
    same = number is None or str(number) == str(ctx.slot("order_id"))
    return same and (goods is None or likeness(str(ctx.slot("task_summary")), str(goods)) > 0)
