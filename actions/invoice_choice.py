"""Which of the customer's invoices words mean: by what is on it, by its place among those offered, or the one before."""

from __future__ import annotations

from collections.abc import Sequence

from actions.bought import named_surely
from actions.product_choice import place_in_list
from closer.orders.records import Invoice

OFFERED = 4


def invoice_with(known: Sequence[Invoice], text: str) -> Invoice | None:
    """Return the newest invoice over a thing that words name, or None."""
    return next(
        (
            each
            for each in known
            if any(named_surely(text, line["name"]) for line in each.content["lines"])
        ),
        None,
    )


def older_than(known: Sequence[Invoice], order_id: str) -> Invoice | None:
    """Return the invoice that came before the one of an order; the newest stand first."""
    orders = [each.order_id for each in known]
    place = orders.index(order_id) + 1 if order_id in orders else len(orders)
    return known[place] if place < len(orders) else None


def offered_like(known: Sequence[Invoice], text: str) -> Invoice | None:
    """Return the invoice that words choose among those offered: by a thing on it, or by its place."""
    place = place_in_list(text)
    offered = known[:OFFERED]
    if (found := invoice_with(known, text)) is not None:
        return found
    return offered[place] if place is not None and -1 <= place < len(offered) else None
