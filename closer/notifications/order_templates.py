"""What our messages about new orders say: one small function a message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from closer.kit.money import Money
from closer.notifications.records import Content


def order_placed(
    shop: str,
    name: str | None,
    *,
    order_id: str,
    lines: Sequence[str],
    total: Money,
    paid: bool,
    deliver_by: datetime,
) -> Content:
    """That an order was placed, what is in it and when it comes."""
    day = f"{deliver_by:%A}, {deliver_by.day} {deliver_by:%B %Y}"
    state = (
        f"It is paid and should be with you by {day}."
        if paid
        else f"Please transfer {total} and give {order_id} as the reference; we pack once the money is here."
    )
    goods = "\n".join(f"- {line}" for line in lines)
    body = "\n\n".join(
        [
            f"Hello {name}," if name else "Hello,",
            f"Thank you for your order {order_id}. {state}",
            goods,
            f"In all, with delivery: {total}",
            "You can ask our assistant about it at any time with the number above.",
            f"Your {shop} team",
        ]
    )
    short = f"{shop}: thank you for order {order_id}, {total}. {state}"
    return Content("order_placed", f"Your order {order_id}", body, short)
