"""What words without a wish of their own mean after what was shown or done last: a choice among products, or the cart."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rasa_sdk.events import EventType, FollowupAction

from actions.cart_slots import puts_in
from actions.change_text import options_in
from actions.change_words import kind_in, number_in, pieces_more
from actions.context import TurnContext
from actions.goods_named import names_others
from actions.product_choice import chooses
from actions.product_slots import chosen_of_shown, focus_of, put_in_focus, shown_before
from actions.spoken_of import answered_lately, last_action
from actions.waiting import begin_with
from closer.catalog.records import Product

_CART_TASKS = ("view_cart", "change_cart", "checkout")
_TAKES_OUT = re.compile(
    r"\b(?:(?:take|get|put|throw) .{0,20}\b(?:out|off|back)|remove|delete|empty|clear|drop)\b"
    r"|\b(?:never|didn'?t|did not) (?:\w+ ){0,2}(?:put|add|want|order)",
    re.IGNORECASE,
)
_BUYS = re.compile(
    r"\b(?:i(?:'ll| will)? (?:take|have|want|buy)|buy|order|give me)\b", re.IGNORECASE
)
_SO_MANY = re.compile(
    r"\b(?:one|two|three|four|five|six|\d{1,2}) of (?:them|those|these|it)\b", re.IGNORECASE
)
_ELSE = re.compile(
    r"\b(?:(?:some|any|sth|smth)?(?:thing)? ?else|others?|different)\b", re.IGNORECASE
)
#: "Order them", "i'll take it in 43", "get me two".
_ORDERS_IT = re.compile(
    r"\b(?:order|buy|get|take|have|want)(?: me)? (?:it|them|that|those|these|one|two|three|\d+|a pair)\b(?! (?:out|off|away|back))",
    re.IGNORECASE,
)
_ASKED_ABOUT = ("action_submit_check_stock", "action_submit_product_info", "action_recommend")
_AND = re.compile(r"\W*(?:and|also|plus|then)\b", re.IGNORECASE)
_SHORT = 6


async def shopping_follow_up(ctx: TurnContext) -> list[EventType]:
    """Return how to go on with such words; nothing if they mean nothing here."""
    if ctx.active_form:
        return []
    puts = also(ctx.text) and ctx.entity("product") and await just_put_in_cart(ctx)
    if puts or puts_in(ctx.text) or await goes_on_with_cart(ctx):
        return begin_with(ctx, "place_order" if puts or puts_in(ctx.text) else "change_cart")
    shown = await shown_before(ctx)
    if not shown:
        return []
    if await _names_others(ctx, shown):
        return begin_with(ctx, "product_info")  # "no, I rather want slippers"
    if _may_choose(ctx) and (picked := await _picked(ctx, shown)) is not None:
        return _goes_on_with(ctx, picked)
    others = _ELSE.search(ctx.text) and len(ctx.text.split()) <= _SHORT
    return [FollowupAction("action_recommend")] if others else await _about_size(ctx)


def orders_what_was_shown(ctx: TurnContext) -> bool:
    """Say whether words order the product that was asked about just now ("ok, order them in 43"), though they sound like a change."""
    asked = last_action(ctx, *_ASKED_ABOUT) and ctx.slot("product_in_focus") is not None
    return asked and _ORDERS_IT.search(ctx.text) is not None


def takes_what_was_shown(ctx: TurnContext) -> bool:
    """Say whether words that name no product are about the one that was asked about just now: "ill take 2"."""
    asked = answered_lately(ctx, *_ASKED_ABOUT) and ctx.entity("product") is None
    return asked and len(ctx.text.split()) <= _SHORT


async def goes_on_with_cart(ctx: TurnContext) -> bool:
    """Whether the words are about a cart that was just looked at, filled or changed."""
    last = ctx.slot("task_result") or {}
    if last.get("outcome") != "ready":
        return False
    number = number_in(ctx.text) is not None and len(ctx.text.split()) <= _SHORT
    if not number and _TAKES_OUT.search(ctx.text) is None:
        return False
    if last.get("task") != "place_order":
        return last.get("task") in _CART_TASKS
    return await just_put_in_cart(ctx)


async def recounts_cart(ctx: TurnContext) -> bool:
    """Whether words tell how many of what was just put in the cart are wanted: "make that 2 candles", "one more"."""
    more = ctx.entity("product") is None and pieces_more(ctx.text)
    return bool(more or kind_in(ctx.text) == "quantity") and await goes_on_with_cart(ctx)


def also(text: str) -> bool:
    """Say whether a text goes on with "and" or "also"."""
    return _AND.match(text) is not None


async def just_put_in_cart(ctx: TurnContext) -> bool:
    """Say whether the task that ended last put what is spoken of in the cart."""
    last = ctx.slot("task_result") or {}
    if (last.get("task"), last.get("outcome")) != ("place_order", "ready"):
        return False
    cart = await ctx.services.carts.view(ctx.customer_id or ctx.conversation_id)
    spoken_of = ctx.tracker.slots.get("product_in_focus")  # before this message named another
    return any(line.product.id == spoken_of for line in cart.lines)


async def _names_others(ctx: TurnContext, shown: Sequence[Product]) -> bool:
    """Whether few words name other goods than those asked about just now."""
    asked = last_action(ctx, *_ASKED_ABOUT) and len(ctx.text.split()) <= _SHORT
    return asked and not chooses(ctx.text) and await names_others(ctx, shown)


async def _picked(ctx: TurnContext, shown: Sequence[Product]) -> Product | None:
    """Return the one product that the words choose: of those shown, or else of their variants."""
    picked = await chosen_of_shown(ctx, ctx.text, shown)
    same = len(shown) == 1 and picked == [await focus_of(ctx)]
    nothing_new = same and not chooses(ctx.text)  # "the first one", where one was shown
    return picked[0] if len(picked) == 1 and not nothing_new else None


def _goes_on_with(ctx: TurnContext, picked: Product) -> list[EventType]:
    """Tell of what was chosen, or buy it where that is said, or how many, or in which size: "the white one. two of them", "gray, 42"."""
    put_in_focus(ctx, picked, [picked])
    if _SO_MANY.search(ctx.text) or options_in(picked, ctx.text, {}):
        return begin_with(ctx, "place_order")
    ctx.set("product", picked.id)
    return [FollowupAction("place_order_form" if _BUYS.search(ctx.text) else "product_info_form")]


async def _about_size(ctx: TurnContext) -> list[EventType]:
    """Say whether the thing just asked about is there in a size that few words name ("in L"), or sell it; nothing if they name none."""
    focus = await focus_of(ctx) if last_action(ctx, *_ASKED_ABOUT) else None
    short = len(ctx.text.split()) <= _SHORT
    named = focus is not None and short and options_in(focus, ctx.text, {})
    task = "place_order" if orders_what_was_shown(ctx) else "check_stock"  # "order them in 43"
    return begin_with(ctx, task) if named else []


def _may_choose(ctx: TurnContext) -> bool:
    return len(ctx.text.split()) <= _SHORT or chooses(ctx.text)
