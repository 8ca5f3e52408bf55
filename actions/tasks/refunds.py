"""Getting money back."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from actions.after_refund import REFUNDS, asked_about, holds, names_bought
from actions.after_task import takes_erasure_back
from actions.bought import items_named, order_with
from actions.context import TurnContext
from actions.days import day_of
from actions.ended import ended_lately, told_before
from actions.intents import DIGRESSIONS
from actions.mail import mail_customer
from actions.order_slots import OrderSlot, find_order, known_order, named_in_vain
from actions.pieces import named_singly, pieces_named
from actions.refund_goods import (
    ALL,
    choice,
    going_back,
    lines_of,
    most,
    names,
    offer,
    offered_lines,
    pieces_of,
)
from actions.refund_slots import (
    AmountSlot,
    ConfirmRefundSlot,
    ItemsSlot,
    PiecesSlot,
    RefundReasonSlot,
)
from actions.refund_way_back import say_way_back, tells_way_back
from actions.refund_words import refund_card
from actions.talk import keep_in_talk
from actions.tasks.privacy import WITHDRAWING
from actions.tasks.refund_refusals import RefusingTask
from actions.tasks.refund_withdrawal import begin_withdrawal
from actions.waiting import hand_over
from closer.kit.money import Money
from closer.notifications import templates
from closer.notifications.records import Content
from closer.orders.reasons import FAULT_REASONS, told_reason, wants_replacement
from closer.orders.records import Order, Refund
from closer.orders.terms import RefundTerms

_THAT = re.compile(
    r"\b(it|that|this|them|those|that one|that order|this order|the same)\b", re.IGNORECASE
)
#: Tasks that leave it clear which order is spoken of.
_LOOKED_AT = ("track_order", "change_order", "complaint")
_PARTIAL = re.compile(
    r"\b(partial(ly)?|part of (it|the price|the money)|some of (it|the money)|a discount)\b",
    re.IGNORECASE,
)


class GetRefund(RefusingTask):
    """Asks for money back: which order, which items, why, how much; the policy is checked before confirming."""

    name = "get_refund"
    title = "your refund"
    ticket_category = "refund"
    slots = {
        "order_id": OrderSlot(arrived=True),
        "item": ItemsSlot(),
        "quantity": PiecesSlot(),
        "reason": RefundReasonSlot(),
        "refund_amount": AmountSlot(),
        "confirmed": ConfirmRefundSlot(),
    }

    @staticmethod
    def suits(order: Order) -> bool:
        """Whether an order can perhaps be refunded."""
        return order.state in ("delivered", "shipped", "returned")

    async def begin(self, ctx: TurnContext) -> None:
        """Note a wish for a part of the price, and which order "it" or a product's name means."""
        if await tells_way_back(ctx):
            self.finish(ctx, "answered")
            return
        if wants_replacement(ctx.text):
            hand_over(ctx, self, "complaint")
            return
        if begin_withdrawal(ctx, self, spoken_of=ended_lately(ctx) in REFUNDS):
            return
        if takes_erasure_back(ctx):
            hand_over(ctx, self, "request_data_deletion", task_data=WITHDRAWING)
            return
        before = told_before(ctx)
        if ctx.slot("reason") is None and told_reason(before) in FAULT_REASONS:
            ctx.set("reason", before)
        said = ", ".join(filter(None, (before, ctx.text)))
        if ctx.slot("order_id") is None and _THAT.search(ctx.text):
            said = ", ".join(filter(None, (said, await asked_about(ctx))))
        ctx.set("task_data", {"partial": bool(_PARTIAL.search(ctx.text)), "first": said})
        spoken_of = ctx.tracker.slots.get("order_id")
        if ctx.slot("order_id") is None and spoken_of and await self._about(ctx, str(spoken_of)):
            ctx.set("order_id", spoken_of)

    async def _about(self, ctx: TurnContext, order_id: str) -> bool:
        """Whether the order spoken of before is meant, as just looked at or by something that it holds."""
        if not await holds(ctx, order_id) and await names_bought(ctx):
            return False
        before = ended_lately(ctx)
        looked_at = before in _LOOKED_AT and ctx.entity("product") is None
        more = before == self.name and await holds(ctx, order_id)
        return bool(looked_at or more or _THAT.search(ctx.text))

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask for what is missing; say why not as soon as the policy forbids it; name the amount to be confirmed."""
        order = await self._order(ctx)
        if order is None:
            return ["order_id"]
        terms = await ctx.services.orders.refund_terms(
            order.customer_id, order.id, ctx.slot("reason") or "damaged"
        )
        offer(ctx, order, terms)
        if not terms.eligible:
            return await self.refuse(ctx, order, terms)
        if not self._item(ctx, order, terms):
            return ["item", "reason"]
        lines = lines_of(ctx.slot("item"))
        if lines and not any(item.quantity for item in terms.items if item.line in lines):
            return await self.refuse_again(ctx, order, lines)
        if not self._pieces(ctx, order) or ctx.slot("reason") is None:
            return ["quantity", "reason"]
        return await self._summed_up(ctx, order, terms)

    async def _summed_up(self, ctx: TurnContext, order: Order, terms: RefundTerms) -> list[str]:
        """Name what is about to be asked for; refuse what is too late, or ask for an amount that can be."""
        lines = lines_of(ctx.slot("item"))
        goods = going_back(terms, lines, pieces_of(ctx.slot("quantity"), order.id))
        if lines and not set(lines) <= set(goods):
            return await self.refuse_items(ctx, order, terms)
        maximum = most(terms, goods)
        if not self._amount_fits(ctx, maximum):
            return ["refund_amount"]
        whole = ctx.slot("refund_amount") in (None, ALL)
        amount = maximum if whole else Money(Decimal(ctx.slot("refund_amount")), maximum.currency)
        part = "" if amount == maximum else " as part of the price"
        if ctx.slot("task_summary") is None and told_reason(ctx.slot("reason")) is None:
            ctx.say("utter_refund_no_fault_known")
        ctx.set("task_summary", f"{amount}{part} for {names(order, goods)} (order {order.id})")
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Ask for the refund, say what happens next, and send a receipt."""
        order = await find_order(ctx, ctx.slot("order_id"))
        wanted = ctx.slot("refund_amount")
        terms = await ctx.services.orders.refund_terms(
            order.customer_id, order.id, ctx.slot("reason")
        )
        pieces = pieces_of(ctx.slot("quantity"), order.id)
        done = await ctx.services.orders.request_refund(
            order.customer_id,
            order.id,
            amount=None if wanted in (None, ALL) else Decimal(wanted),
            reason=ctx.slot("reason"),
            items=list(going_back(terms, lines_of(ctx.slot("item")), pieces).items()),
            idempotency_key=ctx.key(),
        )
        refund = done.refund
        if refund is None:  # pragma: no cover - a request always gives one
            raise RuntimeError("no refund was made")
        lines = lines_of(ctx.slot("item")) or []
        keep_in_talk(ctx, order.id, self.name, done=True, lines=lines)
        values: dict[str, Any] = {
            "refund_id": refund.id,
            "order_id": order.id,
            "amount": str(refund.amount),
        }
        ctx.say(
            f"utter_refund_{refund.state}",
            cards=[refund_card(refund)],
            date=day_of(refund.expected_by),
            **values,
        )
        say_way_back(ctx, order, refund)
        await mail_customer(ctx, f"refund:{refund.id}", _receipt(refund))

    async def _order(self, ctx: TurnContext) -> Order | None:
        """Return the order that is meant: the one given, named by its goods, or the only one that suits."""
        if ctx.slot("order_id") is not None:
            return await known_order(ctx)
        if named_in_vain(ctx):
            return None
        latest = await ctx.services.orders.latest(str(ctx.customer_id), 8)
        orders = [order for order in latest if self.suits(order)]
        paid_back = [order for order in latest if order.state == "refunded"]
        first = (ctx.slot("task_data") or {}).get("first") or ctx.text
        found = order_with(str(first), orders) or order_with(str(first), paid_back)
        found = found or (orders[0] if len(orders) == 1 else None)
        if found is not None:
            ctx.set("order_id", found.id)
        return found

    def _item(self, ctx: TurnContext, order: Order, terms: RefundTerms) -> bool:
        """Choose the items when there is no choice, or when they were named before it was clear of which order."""
        if ctx.slot("item") is not None and not str(ctx.slot("item")).startswith(f"{order.id}:"):
            ctx.set("item", None)  # of another order
        if ctx.slot("item") is not None:
            return True
        eligible = [item.line for item in terms.items if item.eligible]
        named = next(
            (found for words in self._said(ctx) if (found := items_named(words, order.items))), []
        )
        lines = [item.line for item in named] or (eligible if len(eligible) == 1 else [])
        if lines:
            ctx.set("item", choice(order.id, lines, len(order.items)))
        return bool(lines)

    def _pieces(self, ctx: TurnContext, order: Order) -> bool:
        """Take the numbers that were named with the goods; leave the slot empty where one must be asked for."""
        _, offered = offered_lines(ctx)
        data, before = ctx.slot("task_data") or {}, ctx.slot("quantity")
        pieces = pieces_of(before or data.get("counted"), order.id)
        chosen = lines_of(ctx.slot("item")) or [item.line for item in offered]
        if "item" in ctx.fresh or not pieces:
            for words in reversed(self._said(ctx)):
                pieces |= pieces_named(words, offered, chosen)
        left = {item.line: item.quantity for item in offered}
        pieces = {line: n for line, n in pieces.items() if 1 <= n <= left[line]}
        value = {"order": order.id, "pieces": {str(line): n for line, n in pieces.items()}}
        unclear = next(
            (
                item.line
                for item in offered
                if item.line in chosen and item.quantity > 1 and item.line not in pieces
                if item.line == data.get("counting")
                or any(named_singly(words, item) for words in self._said(ctx))
            ),
            None,
        )
        ctx.set("quantity", value if unclear is None else None)
        ctx.set("task_data", {**data, "counted": value, "counting": unclear})
        return unclear is None

    @staticmethod
    def _said(ctx: TurnContext) -> list[str]:
        """Return the words that may name the goods: those of this message and those that began the task."""
        first = (ctx.slot("task_data") or {}).get("first")
        answers = ctx.intent not in DIGRESSIONS and ctx.slot("requested_slot") != "refund_amount"
        return [str(words) for words in (ctx.text if answers else None, first) if words]

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


def _receipt(refund: Refund) -> Callable[[str, str | None], Content]:
    def content(shop: str, name: str | None) -> Content:
        return templates.refund_receipt(
            shop, name, refund_id=refund.id, order_id=refund.order_id, amount=refund.amount
        )

    return content
