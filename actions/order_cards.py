"""An order as it is shown: in few words, as a card, as steps on its way."""

from __future__ import annotations

from dataclasses import asdict
from textwrap import shorten

from actions.context import TurnContext
from closer.conversations.turn import Button, Card, Fact, Image, Step
from closer.orders.records import Order, OrderItem


def title_of(order: Order) -> str:
    """Return an order in few words: number and first item."""
    name = order.items[0].name if order.items else ""
    return f"{order.id} · {shorten(name, 28, placeholder='…')}" if name else order.id


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
