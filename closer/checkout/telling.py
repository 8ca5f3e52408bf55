"""What the customer is told about an order that was just placed: in the conversation and by mail."""

from __future__ import annotations

from typing import Any

from closer.kit.settings import Settings
from closer.notifications.order_templates import order_placed
from closer.notifications.records import Content
from closer.orders.records import Order


def words_in_chat(order: Order) -> dict[str, Any]:
    """Return the content of the entry in the conversation."""
    day = f"{order.deliver_until:%A}, {order.deliver_until.day} {order.deliver_until:%B}"
    if order.state == "paid":
        text = (
            f"Thank you! Order **{order.id}** is placed and paid: {order.total}. "
            f"It should be with you by {day}. Ask me about it at any time."
        )
    else:
        text = (
            f"Thank you! Order **{order.id}** is placed: {order.total}, to be paid by bank transfer. "
            "We pack it as soon as the money is here. Ask me about it at any time."
        )
    return {"text": text, "cards": [_card(order)]}


def words_by_mail(settings: Settings, order: Order, first_name: str | None) -> Content:
    """Return the confirmation."""
    lines = [
        f"{item.quantity} × {item.name}"
        + (f" ({', '.join(item.options.values())})" if item.options else "")
        + f": {item.total}"
        for item in order.items
    ]
    return order_placed(
        settings.shop_name,
        first_name,
        order_id=order.id,
        lines=lines,
        total=order.total,
        paid=order.state == "paid",
        deliver_by=order.deliver_until,
    )


def _card(order: Order) -> dict[str, Any]:
    first = order.items[0]
    names = ", ".join(f"{item.quantity} × {item.name}" for item in order.items)
    facts = [
        {"label": "Status", "value": order.state_words.capitalize()},
        {"label": "Delivery", "value": order.delivery_method.capitalize()},
        {"label": "Total", "value": str(order.total)},
    ]
    image = {"url": f"/media/products/{first.product_id}.svg", "alt": first.name}
    return {
        "kind": "order",
        "title": f"Order {order.id}",
        "subtitle": names[:160],
        "image": image,
        "facts": facts,
    }
