"""Reading and offering orders: the slot that most tasks need, and the cards that show one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.bought import PLACES
from actions.context import TurnContext
from actions.forms import TASKS
from actions.hearing import INTERRUPTING_CONFIDENCE
from actions.intents import DIGRESSIONS, TASK_OF_INTENT
from actions.slot_types import Answer, EntitySlot, Filled, Invalid
from closer.catalog.words import NOISE, SYNONYMS, stem, words_of
from closer.conversations.turn import Button, Card, Fact, Image, Step
from closer.conversations.value_numbers import spoken_digits
from closer.kit.errors import NotFound
from closer.orders.records import Order, OrderItem

# "2nd" looks like a short number, and is a place in a list.
_BARE = r"#?(?!\d+(?:st|nd|rd|th)\b)(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{2,20}"
_THAT_ONE = re.compile(
    r"\b(it|that one|this one|the same( one| order)?|that order|this order)\b", re.IGNORECASE
)
_LAST_ONE = re.compile(r"\b(last|latest|most recent|newest|recent)\b", re.IGNORECASE)
#: What names goods to be had, not an order that was made.
_BUYS = re.compile(r"\b(cart|basket|trolley|buy|purchase|recommend)\b", re.IGNORECASE)


class OrderSlot(EntitySlot):
    """One of the customer's own orders, by its number or as "the last one"."""

    yields = True

    def __init__(self) -> None:
        super().__init__("order_id", pattern=_BARE)

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return a number, `last`, or the order that was spoken of before."""
        if (number := self._number(ctx, answer)) is not None:
            return number
        if _LAST_ONE.search(ctx.text) and (answer.asked or "order" in ctx.text.lower()):
            return "last"
        if not answer.asked and ctx.slot("order_id") and _THAT_ONE.search(ctx.text):
            return ctx.tracker.slots.get("order_id")
        guess = answer.asked and ctx.intent not in ("deny", "affirm") and not meant_elsewhere(ctx)
        return {"words": ctx.text} if guess and not _BUYS.search(ctx.text) else None

    def _number(self, ctx: TurnContext, answer: Answer) -> Any | None:
        found = super().read(ctx, answer) or spoken_digits(ctx.text)
        return found or (ctx.entity("invoice_id", "quantity") if answer.asked else None)

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept an order of this customer; before the identity is proven any number is kept as it is."""
        if isinstance(value, dict):
            order = (
                _offered_like(await offered_orders(ctx), value["words"])
                if ctx.customer_id
                else None
            )
            return Filled(order.id) if order else Invalid("utter_invalid_order_id")
        if ctx.customer_id is None:
            return Filled(str(value))
        try:
            order = await find_order(ctx, str(value))
        except NotFound:
            return Invalid("utter_order_not_found", order_id=str(value))
        return Filled(order.id)


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
    task = TASKS.get(((ctx.tracker.active_loop or {}).get("name") or "").removesuffix("_form"))
    suits = getattr(task, "suits", lambda order: True)
    orders = await ctx.services.orders.latest(str(ctx.customer_id), 8) if ctx.customer_id else []
    return [order for order in orders if suits(order)][:4]


async def order_meant(ctx: TurnContext, suits: Callable[[Order], bool]) -> None:
    """Fill the order's slot where no question is needed: the only one that suits, or the one with the item named."""
    if named_in_vain(ctx):
        return
    orders = [
        order for order in await ctx.services.orders.latest(str(ctx.customer_id), 8) if suits(order)
    ]
    said = str((ctx.slot("task_data") or {}).get("said") or "")
    order = orders[0] if len(orders) == 1 else order_like(orders, said)
    if order is not None:
        ctx.set("order_id", order.id)


def named_in_vain(ctx: TurnContext) -> bool:
    """Say whether the customer named an order that there is not; a guess would be about something else."""
    if ctx.refused_value:
        _not_found(ctx)
    return bool((ctx.slot("task_data") or {}).get("not_found"))


def order_like(orders: Sequence[Order], text: str) -> Order | None:
    """Return the one order whose items a text speaks of."""
    ranked = sorted(
        ((likeness(" ".join(i.name for i in o.items), text), n, o) for n, o in enumerate(orders)),
        reverse=True,
    )
    if not ranked or ranked[0][0] == 0 or (len(ranked) > 1 and ranked[1][0] == ranked[0][0]):
        return None
    return ranked[0][2]


def likeness(name: str, text: str) -> int:
    """Return how many telling words of a text are in a name, other words for the same counted too."""
    named = {stem(word) for word in words_of(name)}
    said = {stem(word) for word in words_of(text) if word not in NOISE and not word.isdigit()}
    return sum(1 for word in said if word in named or named & set(SYNONYMS.get(word, ())))


def meant_elsewhere(ctx: TurnContext, *own: str) -> bool:
    """Say whether a message surely is another task's or a digression, and no answer in free words."""
    other = TASK_OF_INTENT.get(ctx.intent)
    task = ((ctx.tracker.active_loop or {}).get("name") or "").removesuffix("_form")
    foreign = (
        other is not None
        and other not in (*own, task)
        and ctx.confidence >= INTERRUPTING_CONFIDENCE
    )
    return ctx.intent == "stop" or ctx.intent in DIGRESSIONS - {"out_of_scope", "repeat"} or foreign


def _offered_like(orders: Sequence[Order], text: str) -> Order | None:
    """Return the order that words choose among those offered: by an item, or by its place."""
    if found := order_like(orders, text):
        return found
    places = [PLACES[word] for word in words_of(text) if word in PLACES]
    return orders[places[0]] if places and places[0] < len(orders) else None


def choice_buttons(titles: dict[str, str]) -> list[dict[str, str]]:
    """Return quick replies that stand for the words behind their titles."""
    return [
        {"title": title, "payload": f'/inform{{"product":"{words}"}}'}
        for title, words in titles.items()
    ]


def title_of(order: Order) -> str:
    """Return an order in few words: number and first item."""
    name = order.items[0].name if order.items else ""
    return f"{order.id} · {name[:28]}" if name else order.id


def order_card(order: Order, buttons: list[Button] | None = None) -> Card:
    """Return an order as a card."""
    first = order.items[0] if order.items else None
    names = ", ".join(map(_line, order.items))
    image = Image(url=f"/media/products/{first.product_id}.svg", alt=first.name) if first else None
    facts = [
        Fact(label="Status", value=order.state_words.capitalize()),
        Fact(label="Placed", value=order.placed_at.strftime("%-d %B %Y")),
        Fact(label="Total", value=str(order.total)),
    ]
    return Card(
        kind="order",
        title=f"Order {order.id}",
        subtitle=names[:160],
        image=image,
        facts=facts,
        buttons=buttons or [],
    )


def _line(item: OrderItem) -> str:
    chosen = ", ".join(f"{name} {value}" for name, value in item.options.items())
    return f"{item.quantity} \u00d7 {item.name}" + (f" ({chosen})" if chosen else "")


def progress_steps(ctx: TurnContext, order: Order) -> list[Step]:
    """Return an order's way as steps."""
    return [Step.parse_obj(asdict(step)) for step in ctx.services.orders.progress(order)]
