"""The wish to be told when something that is sold out can be had again."""

from __future__ import annotations

import re

from actions.context import TurnContext
from actions.mail import open_ticket
from closer.catalog.records import Product

_TELL = re.compile(
    r"\b(?:tell|let|notify|inform|e-?mail|mail|write|text|message|ping|alert|remind|send|contact)\b.{0,25}\b(?:when|once|as soon as|if)\b|\b(?:alert|notification)\b",
    re.IGNORECASE,
)


def wants_to_be_told(text: str) -> bool:
    """Say whether somebody wants to hear when there is something again."""
    return _TELL.search(text) is not None


async def note_wish(ctx: TurnContext, product: Product) -> None:
    """Have a colleague write as soon as a product is back."""
    opened = await open_ticket(
        ctx,
        subject=f"To be told when {product.name} is back",
        category="product",
        facts=[
            f"{product.id} {product.name} was sold out; the customer wants to hear when it is not."
        ],
    )
    ctx.say("utter_stock_wish_noted", product=product.name, ticket_id=opened.ticket.id)
