"""What goes back of an order, as the slots of a refund hold it: lines, pieces, and what is paid for them.

The slot `item` holds the order and lines (`12344:1,3`, or `12344:all`), the slot `quantity` pieces by line where a number
was named (`{"order": "12344", "pieces": {"1": 2}}`).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from actions.context import TurnContext
from closer.kit.money import Money
from closer.orders.records import Order
from closer.orders.terms import RefundTerms

ALL = "all"


@dataclass(frozen=True)
class Offered:
    """A line of the order, and how many of its pieces can still go back."""

    line: int
    name: str
    quantity: int


def offer(ctx: TurnContext, order: Order, terms: RefundTerms) -> None:
    """Put down what the order holds, so that the next message can be matched with it."""
    left = {item.line: item.quantity for item in terms.items}
    items = [[item.line, item.name, left.get(item.line, item.quantity)] for item in order.items]
    offered = {"order_id": order.id, "items": items}
    ctx.set("task_data", {**(ctx.slot("task_data") or {}), "offered": offered})


def offered_lines(ctx: TurnContext) -> tuple[str, list[Offered]]:
    """Return the order that was put down last, and its lines; nothing if there is none."""
    offered = (ctx.slot("task_data") or {}).get("offered") or {"order_id": "", "items": []}
    return offered["order_id"], [Offered(*item) for item in offered["items"]]


def choice(order_id: str, lines: list[int], of: int) -> str:
    """Return the slot's value for some lines of an order that has `of`."""
    return f"{order_id}:{ALL if len(lines) == of else ','.join(map(str, lines))}"


def lines_of(value: str | None) -> list[int] | None:
    """Return the numbers of the chosen lines, None for all."""
    chosen = str(value or "").rpartition(":")[2]
    return [int(line) for line in chosen.split(",")] if chosen and chosen != ALL else None


def pieces_of(value: dict[str, Any] | None, order_id: str) -> dict[int, int]:
    """Return the pieces by line that were named for an order."""
    if not isinstance(value, dict) or value.get("order") != order_id:  # or another task's number
        return {}
    return {int(line): number for line, number in value["pieces"].items()}


def going_back(
    terms: RefundTerms, lines: list[int] | None, pieces: dict[int, int]
) -> dict[int, int]:
    """Return how many pieces of each chosen line go back, of those that can."""
    return {
        item.line: min(pieces.get(item.line, item.quantity), item.quantity)
        for item in terms.items
        if item.eligible and (lines is None or item.line in lines)
    }


def most(terms: RefundTerms, goods: dict[int, int]) -> Money:
    """Return the most that is paid for so many pieces of the lines."""
    eligible = {item.line: item for item in terms.items if item.eligible}
    if goods == {line: item.quantity for line, item in eligible.items()}:
        return terms.refundable
    total = sum(
        (eligible[line].amount.amount * n / eligible[line].quantity for line, n in goods.items()),
        Decimal(0),
    )
    return Money(min(total, terms.refundable.amount), terms.refundable.currency)


def names(order: Order, goods: dict[int, int]) -> str:
    """Return what goes back in words, with the number of pieces where several were bought."""
    chosen = [
        f"{goods[item.line]} \u00d7 {item.name}" if item.quantity > 1 else item.name
        for item in order.items
        if item.line in goods
    ]
    return chosen[0] if len(chosen) == 1 else ", ".join(chosen[:-1]) + f" and {chosen[-1]}"
