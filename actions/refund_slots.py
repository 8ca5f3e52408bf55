"""Slots of a refund: what goes back, and how much."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.bought import items_named
from actions.context import TurnContext
from actions.order_slots import OrderSlot, find_order
from actions.slot_types import Answer, Filled, Invalid, SlotType
from actions.wording import is_question
from closer.conversations.values import normalise_money
from closer.kit.money import Money
from closer.orders.records import Order

ALL = "all"
_REFUND_ID = re.compile(r"\bRF-?\d{4}-?\d{1,6}\b", re.IGNORECASE)
_WHOLE = re.compile(
    r"\b(all|everything|full|whole|complete|entire|maximum|max|as much)\b", re.IGNORECASE
)
_CORRECTS = re.compile(
    r"\b(i meant?|instead|(only|just|actually|not|rather|also|and) the|both|everything|all of)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"[$€£]?\s*\d[\d.,]*")


@dataclass(frozen=True)
class _Offered:
    line: int
    name: str


class ItemsSlot(SlotType):
    """Which things of the order go back: the order and `all`, or the order and lines, e.g. `12344:1,3`."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Match the words with what the order holds, as `offer` put it down."""
        offered = (ctx.slot("task_data") or {}).get("offered")
        if not offered or is_question(ctx):
            return None
        if not answer.asked and ctx.slot(answer.slot) and not _CORRECTS.search(ctx.text):
            return None
        named = items_named(ctx.text, [_Offered(line, name) for line, name in offered["items"]])
        return (
            choice(offered["order_id"], [item.line for item in named], len(offered["items"]))
            if named
            else None
        )

    def spoken(self, value: Any) -> str:
        """Return it in words."""
        return "the whole order" if str(value).endswith(ALL) else "those items"


def offer(ctx: TurnContext, order: Order) -> None:
    """Put down what the order holds, so that the next message can be matched with it."""
    offered = {"order_id": order.id, "items": [[item.line, item.name] for item in order.items]}
    ctx.set("task_data", {**(ctx.slot("task_data") or {}), "offered": offered})


def choice(order_id: str, lines: list[int], of: int) -> str:
    """Return the slot's value for some lines of an order that has `of`."""
    return f"{order_id}:{ALL if len(lines) == of else ','.join(map(str, lines))}"


def lines_of(value: str | None) -> list[int] | None:
    """Return the numbers of the chosen lines, None for all."""
    chosen = str(value or "").rpartition(":")[2]
    return [int(line) for line in chosen.split(",")] if chosen and chosen != ALL else None


class AmountSlot(SlotType):
    """A part of the price."""

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return an amount; when it was asked for, also a bare number, or `all`."""
        found = ctx.entity("refund_amount", "money")
        if found is not None:
            return found
        if not answer.asked:
            return None
        match = _AMOUNT.search(ctx.text)
        return match.group(0) if match else (ALL if _WHOLE.search(ctx.text) else None)

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept an amount above zero in the shop's currency, as decimal text."""
        if value == ALL:
            return Filled(ALL)
        amount = value.get("amount") if isinstance(value, dict) else _read_amount(str(value))
        try:
            number = Decimal(str(amount))
        except InvalidOperation:
            return Invalid("utter_invalid_refund_amount")
        return Filled(f"{number:.2f}") if number > 0 else Invalid("utter_invalid_refund_amount")

    def spoken(self, value: Any) -> str:
        """Return the amount with its currency."""
        return "the whole amount" if value == ALL else str(Money(Decimal(str(value))))


class AskRefundItem(CloserAction):
    """Asks which things go back, offering those of the order."""

    action_name = "action_ask_get_refund_form_item"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer each item and all of them."""
        order = await find_order(ctx, str(ctx.slot("order_id")))
        buttons = [{"title": item.name[:40], "payload": item.name} for item in order.items[:6]]
        ctx.say(
            "utter_ask_which_refund_items",
            buttons=[*buttons, {"title": "Everything", "payload": "everything"}],
        )
        return []


class RefundReferenceSlot(OrderSlot):
    """An order, or a refund by its own number."""

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept an order of this customer, also by the number of its refund."""
        if ctx.customer_id is None or not _REFUND_ID.search(str(value)):
            return await super().check(ctx, value)
        wanted = re.sub(r"\D", "", str(value))
        for refund in await ctx.services.orders.refunds(ctx.customer_id):
            if re.sub(r"\D", "", refund.id) == wanted:
                return Filled(refund.order_id)
        return Invalid("utter_refund_not_found", refund_id=str(value))


def _read_amount(text: str) -> str:
    money = normalise_money(text)
    return str(money.amount) if money else ""
