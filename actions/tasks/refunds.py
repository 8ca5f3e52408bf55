"""Getting money back."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from actions.bought import items_named, order_with
from actions.context import TurnContext
from actions.forms import Task
from actions.mail import mail_customer
from actions.order_slots import OrderSlot, find_order, known_order, named_in_vain
from actions.refund_slots import ALL, AmountSlot, ItemsSlot, choice, lines_of, offer
from actions.slot_types import ConfirmSlot
from actions.tasks.refund_tracking import refund_card, say_refund
from actions.wording import ReasonSlot, day_of
from closer.kit.money import Money
from closer.notifications import templates
from closer.notifications.records import Content
from closer.orders.policy import RefundTerms
from closer.orders.records import Order, Refund

_THAT = re.compile(
    r"\b(it|that|this|them|those|that one|that order|this order|the same)\b", re.IGNORECASE
)
_PARTIAL = re.compile(
    r"\b(partial(ly)?|part of (it|the price|the money)|some of (it|the money)|a discount)\b",
    re.IGNORECASE,
)
_REFUSALS = ("cancel_instead", "not_delivered_yet", "too_late", "nothing_left", "cancelled")


class GetRefund(Task):
    """Asks for money back: which order, which items, why, how much; the policy is checked before confirming."""

    name = "get_refund"
    title = "your refund"
    ticket_category = "refund"
    slots = {
        "order_id": OrderSlot(),
        "item": ItemsSlot(),
        "reason": ReasonSlot(),
        "refund_amount": AmountSlot(),
        "confirmed": ConfirmSlot(),
    }

    @staticmethod
    def suits(order: Order) -> bool:
        """Whether an order can perhaps be refunded."""
        return order.state in ("delivered", "shipped", "returned")

    async def begin(self, ctx: TurnContext) -> None:
        """Note a wish for a part of the price, and which order "it" or a product's name means."""
        ctx.set("task_data", {"partial": bool(_PARTIAL.search(ctx.text)), "first": ctx.text})
        if ctx.slot("order_id") is None and _THAT.search(ctx.text):
            ctx.set("order_id", ctx.tracker.slots.get("order_id"))

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask for what is missing; say why not as soon as the policy forbids it; name the amount to be confirmed."""
        order = await self._order(ctx)
        if order is None:
            return ["order_id"]
        terms = await ctx.services.orders.refund_terms(
            order.customer_id, order.id, ctx.slot("reason") or "damaged"
        )
        if not terms.eligible:
            return await self._refuse(ctx, order, terms)
        self._item(ctx, order, terms)
        if ctx.slot("item") is None or ctx.slot("reason") is None:
            return ["item", "reason"]
        most = _most(terms, lines_of(ctx.slot("item")))
        if most is None:
            return self._refuse_items(ctx, order, terms)
        if not self._amount_fits(ctx, most):
            return ["refund_amount"]
        whole = ctx.slot("refund_amount") in (None, ALL)
        amount = most if whole else Money(Decimal(ctx.slot("refund_amount")), most.currency)
        part = "" if amount == most else " as part of the price"
        ctx.set(
            "task_summary",
            f"{amount}{part} for {_names(order, lines_of(ctx.slot('item')))} (order {order.id})",
        )
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Ask for the refund, say what happens next, and send a receipt."""
        order = await find_order(ctx, ctx.slot("order_id"))
        lines, wanted = lines_of(ctx.slot("item")), ctx.slot("refund_amount")
        terms = await ctx.services.orders.refund_terms(
            order.customer_id, order.id, ctx.slot("reason")
        )
        left = {item.line: item.quantity for item in terms.items if item.eligible}
        done = await ctx.services.orders.request_refund(
            order.customer_id,
            order.id,
            amount=None if wanted in (None, ALL) else Decimal(wanted),
            reason=ctx.slot("reason"),
            items=None if lines is None else [(line, left.get(line, 1)) for line in lines],
            idempotency_key=ctx.key(),
        )
        refund = done.refund
        if refund is None:  # pragma: no cover - a request always gives one
            raise RuntimeError("no refund was made")
        values = {"refund_id": refund.id, "order_id": order.id, "amount": str(refund.amount)}
        ctx.say(
            f"utter_refund_{refund.state}",
            cards=[refund_card(refund)],
            date=day_of(refund.expected_by),
            **values,
        )
        self._say_way_back(ctx, order, refund)
        await mail_customer(ctx, f"refund:{refund.id}", _receipt(refund))

    async def _order(self, ctx: TurnContext) -> Order | None:
        """Return the order that is meant: the one given, named by its goods, or the only one that suits."""
        if ctx.slot("order_id") is not None:
            return await known_order(ctx)
        if named_in_vain(ctx):
            return None
        orders = [
            o for o in await ctx.services.orders.latest(str(ctx.customer_id), 8) if self.suits(o)
        ]
        first = (ctx.slot("task_data") or {}).get("first") or ctx.text
        found = order_with(str(first), orders) or (orders[0] if len(orders) == 1 else None)
        if found is not None:
            ctx.set("order_id", found.id)
        return found

    def _item(self, ctx: TurnContext, order: Order, terms: RefundTerms) -> None:
        """Choose the items when there is no choice, or when they were named before it was clear of which order."""
        offer(ctx, order)
        if ctx.slot("item") is not None and not str(ctx.slot("item")).startswith(f"{order.id}:"):
            ctx.set("item", None)  # of another order
        if ctx.slot("item") is not None:
            return
        eligible = [item.line for item in terms.items if item.eligible]
        said = [
            (ctx.slot("task_data") or {}).get("first"),
            ctx.text if ctx.intent == "inform" else None,
        ]
        named = next(
            (found for words in said if words and (found := items_named(words, order.items))), []
        )
        lines = [item.line for item in named] or (eligible if len(eligible) == 1 else [])
        if lines:
            ctx.set("item", choice(order.id, lines, len(order.items)))

    def _amount_fits(self, ctx: TurnContext, most: Money) -> bool:
        data = ctx.slot("task_data") or {}
        if ctx.slot("refund_amount") is None:
            return not data.get("partial")
        if ctx.slot("refund_amount") == ALL or Decimal(ctx.slot("refund_amount")) <= most.amount:
            return True
        ctx.say(
            "utter_refund_amount_too_high",
            maximum=str(most),
            asked=str(Money(Decimal(ctx.slot("refund_amount")))),
        )
        ctx.set("refund_amount", None)
        ctx.set("task_data", {**data, "partial": True})
        return False

    async def _refuse(self, ctx: TurnContext, order: Order, terms: RefundTerms) -> list[str]:
        """Say why there is no refund, and what can be done instead."""
        said = terms.reason if terms.reason in _REFUSALS else "too_late"
        made = await ctx.services.orders.refunds(order.customer_id, order.id)
        if made and said in ("nothing_left", "cancelled"):
            self.finish(ctx, "impossible")
            say_refund(ctx, made[0])
            return []
        if said == "cancel_instead":
            ctx.offer("cancel_order_form", {"order_id": order.id})
        ctx.say(f"utter_no_refund_{said}", order_id=order.id, detail=terms.text)
        self.finish(ctx, "impossible")
        return []

    def _refuse_items(self, ctx: TurnContext, order: Order, terms: RefundTerms) -> list[str]:
        """Say that just these things cannot go back any more."""
        names = _names(order, lines_of(ctx.slot("item")))
        late = next((item for item in terms.items if not item.eligible and item.deadline), None)
        day = (
            f" ended on {late.deadline.day} {late.deadline:%B %Y}"
            if late and late.deadline
            else " is over"
        )
        ctx.say("utter_no_refund_items", items=names, detail=f"the time for returning{day}")
        self.finish(ctx, "impossible")
        return []

    def _say_way_back(self, ctx: TurnContext, order: Order, refund: Refund) -> None:
        if not refund.items:
            ctx.say("utter_refund_keep_goods")
        elif refund.reason_code == "not_received":
            ctx.say("utter_refund_nothing_to_send")
        else:
            lines = [line for line, _ in refund.items]
            categories = dict.fromkeys(item.category for item in order.items if item.line in lines)
            conditions = "; ".join(
                ctx.services.orders.refund_policy(each).condition for each in categories
            )
            fault = refund.reason_code in ("damaged", "wrong_item", "not_as_described")
            said = "utter_refund_send_back_fault" if fault else "utter_refund_send_back"
            ctx.say(said, refund_id=refund.id, condition=conditions)


def _receipt(refund: Refund) -> Callable[[str, str | None], Content]:
    def content(shop: str, name: str | None) -> Content:
        return templates.refund_receipt(
            shop, name, refund_id=refund.id, order_id=refund.order_id, amount=refund.amount
        )

    return content


def _most(terms: RefundTerms, lines: list[int] | None) -> Money | None:
    """Return the most that is paid for the lines, or None if one of them cannot go back."""
    eligible = {item.line: item.amount for item in terms.items if item.eligible}
    if lines is None or set(lines) == set(eligible):
        return terms.refundable
    if not set(lines) <= set(eligible):
        return None
    total = sum((eligible[line].amount for line in lines), Decimal(0))
    return Money(min(total, terms.refundable.amount), terms.refundable.currency)


def _names(order: Order, lines: list[int] | None) -> str:
    chosen = [item.name for item in order.items if lines is None or item.line in lines]
    if len(chosen) == 1:
        return chosen[0]
    return ", ".join(chosen[:-1]) + f" and {chosen[-1]}"
