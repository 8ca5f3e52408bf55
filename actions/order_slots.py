"""Reading and offering orders: the slot that most tasks need, and the cards that show one."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from actions.forms import TASKS
from actions.slot_types import Answer, EntitySlot, Filled, Invalid
from closer.conversations.turn import Button, Card, Fact, Image, Step
from closer.kit.errors import NotFound
from closer.orders.records import Order

_BARE = r"#?(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{2,20}"
_THAT_ONE = re.compile(r"\b(it|that one|this one|the same( one| order)?|that order|this order)\b", re.IGNORECASE)
_LAST_ONE = re.compile(r"\b(last|latest|most recent|newest|recent)\b", re.IGNORECASE)
_NONE = re.compile(r"\b(all|any|none|no order|not about an order)\b", re.IGNORECASE)


class OrderSlot(EntitySlot):
    """One of the customer's own orders, by its number or as "the last one"."""

    def __init__(self) -> None:
        super().__init__("order_id", pattern=_BARE)

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return a number, `last`, or the order that was spoken of before."""
        found = super().read(ctx, answer)
        if found is not None:
            return found
        if answer.asked and (other := ctx.entity("invoice_id", "quantity")):
            return str(other)
        if _LAST_ONE.search(ctx.text) and (answer.asked or "order" in ctx.text.lower()):
            return "last"
        if not answer.asked and ctx.slot("order_id") and _THAT_ONE.search(ctx.text):
            return ctx.tracker.slots.get("order_id")
        return None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept an order of this customer; before the identity is proven any number is kept as it is."""
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


class AskOrder(CloserAction):
    """Asks which order, offering the recent ones that the task in progress can be about."""

    action_name = "action_ask_order_id"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer up to four orders as quick replies."""
        task = TASKS.get(((ctx.tracker.active_loop or {}).get("name") or "").removesuffix("_form"))
        suits = getattr(task, "suits", lambda order: True)
        orders = await ctx.services.orders.latest(str(ctx.customer_id), 8) if ctx.customer_id else []
        offered = [order for order in orders if suits(order)][:4]
        buttons = [{"title": title_of(order), "payload": f'/inform{{"order_id":"{order.id}"}}'} for order in offered]
        ctx.say("utter_ask_which_order" if offered else "utter_ask_which_order_number", buttons=buttons)
        return []


def title_of(order: Order) -> str:
    """Return an order in few words: number and first item."""
    name = order.items[0].name if order.items else ""
    return f"{order.id} · {name[:28]}" if name else order.id


def order_card(order: Order, buttons: list[Button] | None = None) -> Card:
    """Return an order as a card."""
    first = order.items[0] if order.items else None
    names = ", ".join(f"{item.quantity} × {item.name}" for item in order.items)
    image = Image(url=f"/media/products/{first.product_id}.svg", alt=first.name) if first else None
    facts = [
        Fact(label="Status", value=order.state_words.capitalize()),
        Fact(label="Placed", value=order.placed_at.strftime("%-d %B %Y")),
        Fact(label="Total", value=str(order.total)),
    ]
    return Card(kind="order", title=f"Order {order.id}", subtitle=names[:160], image=image, facts=facts, buttons=buttons or [])


def progress_steps(ctx: TurnContext, order: Order) -> list[Step]:
    """Return an order's way as steps."""
    return [Step.parse_obj(asdict(step)) for step in ctx.services.orders.progress(order)]
