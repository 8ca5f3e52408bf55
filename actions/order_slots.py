"""Reading and offering orders: the slot that most tasks need."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.bought import holds, order_chosen, order_like, order_with
from actions.change_words import kind_in
from actions.context import TurnContext
from actions.forms import TASKS
from actions.hearing import INTERRUPTING_CONFIDENCE
from actions.intents import DIGRESSIONS, TASK_OF_INTENT
from actions.order_cards import title_of
from actions.slot_types import OTHER_ONE, Answer, EntitySlot, Filled, Invalid
from actions.talk import order_pointed_at
from closer.catalog.words import words_of
from closer.conversations.value_numbers import spoken_digits
from closer.kit.errors import NotFound
from closer.orders.records import Order

# "2nd" looks like a short number, and is a place in a list.
_BARE = r"#?(?!\d+(?:st|nd|rd|th)\b)(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{2,20}"
#: A shorter number is one of pieces or of a place.
_FEWEST_DIGITS = 3
OTHER_ORDER = re.compile(
    r"\b(the|my) (other|second) (order|parcel|package|purchase)\b", re.IGNORECASE
)
_THAT_ONE = re.compile(
    r"(?<!not )\b(it|that one|this one|the same( one| order)?|that order|this order)\b",
    re.IGNORECASE,
)
_LAST_ONE = re.compile(r"\b(last|latest|most recent|newest|recent)\b", re.IGNORECASE)
#: A number that nothing says what it is.
_UNMARKED = re.compile(r"(?<![\w+-])#?(?P<number>\d{5,18})(?![\w-])")
#: An order called by what is in it.
_ORDER_OF = re.compile(
    r"\b(?:to|in|into|with|on|from|of|off|out of) (?:my|the|that) ((?:[\w'-]+ ){1,4})order\b",
    re.IGNORECASE,
)
#: What names goods to be had, not an order that was made.
_BUYS = re.compile(r"\b(cart|basket|trolley|buy|purchase|recommend)\b", re.IGNORECASE)


class OrderSlot(EntitySlot):
    """One of the customer's own orders: by its number, as "the last one", or the one in talk.

    Args:
        by_goods: Whether goods named beside the confirming question choose the order that holds them.
        buys: Whether goods may be named that are in no order yet.
        arrived: Whether "the last one" is the last of those that arrived.
    """

    yields = True

    def __init__(
        self, *, by_goods: bool = False, buys: bool = False, arrived: bool = False
    ) -> None:
        super().__init__("order_id", pattern=_BARE)
        self._by_goods = by_goods
        self._buys = buys
        self._arrived = arrived

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return a number, `last`, the order that was spoken of before, or words that choose another."""
        if (number := self._number(ctx, answer)) is not None:
            return number
        if _LAST_ONE.search(ctx.text) and (answer.asked or "order" in ctx.text.lower()):
            return "last"
        if not answer.asked and ctx.slot("order_id") and _THAT_ONE.search(ctx.text):
            return ctx.tracker.slots.get("order_id")
        if not answer.asked:
            return self._told(ctx)
        guess = ctx.intent not in ("deny", "affirm") and not meant_elsewhere(ctx)
        return {"words": ctx.text} if guess and not _BUYS.search(ctx.text) else None

    def _told(self, ctx: TurnContext) -> dict[str, str] | None:
        """Return what a message tells of the order that did not have to answer for it."""
        asked = ctx.slot("requested_slot")
        if not asked:  # the task begins
            if (number := _UNMARKED.search(ctx.text)) is not None:
                return {"perhaps": number["number"]}
            talked = order_pointed_at(ctx)
            return {"talked": talked, "words": ctx.text} if talked else None
        if asked != "confirmed" or ctx.slot("order_id") is None:
            return None
        other = OTHER_ORDER if not self._by_goods else OTHER_ONE
        if other.search(ctx.text) or (self._by_goods and not meant_elsewhere(ctx)):
            return {"instead": ctx.text}
        return None

    def _number(self, ctx: TurnContext, answer: Answer) -> Any | None:
        found = super().read(ctx, answer) or spoken_digits(ctx.text)
        if not found and answer.asked:
            found = ctx.entity("invoice_id", "quantity")
        return found if len(re.sub(r"\D", "", str(found))) >= _FEWEST_DIGITS else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept an order of this customer; before the identity is proven any number is kept as it is."""
        if isinstance(value, dict):
            return await self._in_words(ctx, value)
        if ctx.customer_id is None:
            return Filled(str(value))
        if value == "last" and self._arrived:
            latest = await ctx.services.orders.latest(ctx.customer_id, 8)
            here = next((order for order in latest if order.state == "delivered"), None)
            value = here.id if here else value
        try:
            order = await find_order(ctx, str(value))
        except NotFound:
            if await _is_of_goods(ctx, str(value)):
                return Filled(ctx.slot("order_id"))
            return Invalid("utter_order_not_found", order_id=str(value))
        return Filled(order.id)

    async def _in_words(self, ctx: TurnContext, said: dict[str, str]) -> Filled | Invalid:
        if "talked" in said:
            return await self._talked_of(ctx, said["talked"], said["words"])
        if "instead" in said:
            return await self._another(ctx, said["instead"])
        if "perhaps" in said:
            return Filled(await own_order_id(ctx, said["perhaps"]))
        orders = await offered_orders(ctx) if ctx.customer_id else []
        order = order_chosen(orders, said["words"])
        return Filled(order.id) if order else Invalid(_unmatched(ctx))

    async def _talked_of(self, ctx: TurnContext, order_id: str, words: str) -> Filled:
        """Take the order in talk, unless the words name goods that are not in it."""
        if ctx.customer_id is None:
            return Filled(order_id)
        try:
            order = await find_order(ctx, order_id)
        except NotFound:
            return Filled(None)
        others = await ctx.services.orders.latest(str(ctx.customer_id), 8)
        if (called := _ORDER_OF.search(words)) and (meant := order_with(called[1], others)):
            return Filled(meant.id)  # "add a candle to my espresso machine order"
        if holds(order, words) and not _better_elsewhere(order, others, words):
            return Filled(order.id)
        elsewhere = ctx.entity("product") is not None or order_like(others, words) is not None
        bought = self._buys and kind_in(words) == "add"
        return Filled(None) if elsewhere and not bought else Filled(order.id)

    async def _another(self, ctx: TurnContext, words: str) -> Filled | Invalid:
        """Choose another order than the one that is about to be confirmed; several are asked for."""
        before = str(ctx.slot("order_id"))
        known = await find_order(ctx, before)
        others = [order for order in await offered_orders(ctx) if order.id != before]
        found = None if holds(known, words) else order_like(others, words)
        if found is None and OTHER_ONE.search(words):
            if not others:
                return Invalid("utter_no_other_order", order_id=before)
            found = others[0] if len(others) == 1 else None
            return Filled(found.id if found else None)
        return Filled(found.id if found else before)


async def _is_of_goods(ctx: TurnContext, number: str) -> bool:
    """Whether a number is part of the name of goods: "order hush 700 in cream"."""
    words = ctx.text.lower().split()
    near = [" ".join(words[n - 1 : n + 1]) for n, word in enumerate(words) if n and word == number]
    match = await ctx.services.catalog.match(near[0]) if near else None
    return match is not None and number in words_of(match.product.name)


def _better_elsewhere(order: Order, others: Sequence[Order], words: str) -> bool:
    """Whether another order's goods are what the words name: the dog bed, where the order in talk holds dog food."""
    named = order_with(words, [order])
    meant = order_with(words, others)
    return named is None and meant is not None and meant.id != order.id


def _unmatched(ctx: TurnContext) -> str:
    """Return what is said of words that are no order: who only repeats the wish has not named one at all."""
    own = TASK_OF_INTENT.get(ctx.intent) == ctx.active_form.removesuffix("_form")
    return "utter_order_first" if own else "utter_invalid_order_id"


async def find_order(ctx: TurnContext, reference: str) -> Order:
    """Return the customer's order by number, or the last one.

    Raises:
        NotFound: if it is nobody's or another customer's.
    """
    customer_id = str(ctx.customer_id)
    if reference == "last":
        latest = await ctx.services.orders.latest(customer_id, 1)
        if not latest:
            raise NotFound("there is no order yet")
        return latest[0]
    return await ctx.services.orders.find(customer_id, reference)


async def own_order_id(ctx: TurnContext, reference: str) -> str | None:
    """Return the number of the order that a number, or `last`, means, if it is one of the proven customer's."""
    if ctx.customer_id is None:
        return None
    with suppress(NotFound):
        return (await find_order(ctx, reference)).id
    return None


def _not_found(ctx: TurnContext) -> None:
    """Remember that a number was named in vain: then no other order is taken for granted."""
    ctx.set("task_data", {**(ctx.slot("task_data") or {}), "not_found": True})


async def known_order(ctx: TurnContext) -> Order | None:
    """Return the order in the slot; a number that is none of the customer's is forgotten and asked for again."""
    try:
        order = await find_order(ctx, str(ctx.slot("order_id")))
    except NotFound:
        if ctx.slot("order_id") == "last":
            raise
        ctx.say("utter_order_not_found", order_id=str(ctx.slot("order_id")))
        ctx.set("order_id", None)
        _not_found(ctx)
        return None
    ctx.set("order_id", order.id)
    return order


class AskOrder(CloserAction):
    """Asks which order, offering the recent ones that the task in progress can be about."""

    action_name = "action_ask_order_id"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer up to four orders as quick replies."""
        offered = await offered_orders(ctx)
        buttons = [
            {"title": title_of(order), "payload": f'/inform{{"order_id":"{order.id}"}}'}
            for order in offered
        ]
        ctx.say(
            "utter_ask_which_order" if offered else "utter_ask_which_order_number", buttons=buttons
        )
        return []


async def offered_orders(ctx: TurnContext) -> list[Order]:
    """Return the recent orders that the task in progress can be about, four at most."""
    task = TASKS.get(ctx.active_form.removesuffix("_form"))
    suits = getattr(task, "suits", lambda order: True)
    orders = await ctx.services.orders.latest(str(ctx.customer_id), 8) if ctx.customer_id else []
    return [order for order in orders if suits(order)][:4]


async def order_meant(ctx: TurnContext, suits: Callable[[Order], bool]) -> None:
    """Fill the order's slot where no question is needed: the only one that suits, or the one with the item named."""
    if named_in_vain(ctx):
        return
    latest = await ctx.services.orders.latest(str(ctx.customer_id), 8)
    orders = [order for order in latest if suits(order)]
    said = str((ctx.slot("task_data") or {}).get("said") or "")
    order = orders[0] if len(orders) == 1 else order_like(orders, said)
    if len(orders) == 1 and kind_in(said) != "add" and not holds(orders[0], said):
        order = order_with(said, latest) or order  # what is named is in one that does not suit
    if order is not None:
        ctx.set("order_id", order.id)


def named_in_vain(ctx: TurnContext) -> bool:
    """Say whether the customer named an order that there is not; a guess would be about something else."""
    if ctx.refused_value:
        _not_found(ctx)
    return bool((ctx.slot("task_data") or {}).get("not_found"))


def meant_elsewhere(ctx: TurnContext, *own: str) -> bool:
    """Say whether a message surely is another task's or a digression, and no answer in free words."""
    other = TASK_OF_INTENT.get(ctx.intent)
    task = ctx.active_form.removesuffix("_form")
    foreign = (
        other is not None
        and other not in (*own, task)
        and ctx.confidence >= INTERRUPTING_CONFIDENCE
    )
    stops = ctx.intent == "stop" and ctx.confidence >= INTERRUPTING_CONFIDENCE
    return stops or ctx.intent in DIGRESSIONS - {"out_of_scope", "repeat"} or foreign


def choice_buttons(titles: dict[str, str]) -> list[dict[str, str]]:
    """Return quick replies that stand for the words behind their titles."""
    return [
        {"title": title, "payload": f'/inform{{"product":"{words}"}}'}
        for title, words in titles.items()
    ]
