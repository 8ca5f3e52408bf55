"""Cancelling orders: one, several one after another, or a part of one, which is a change."""

from __future__ import annotations

import re
from typing import Any

from actions.after_task import calls_call_off
from actions.base import ACTIONS
from actions.bought import holds, order_like
from actions.confirming import asks_how
from actions.context import TurnContext
from actions.forms import Task
from actions.order_cards import order_card
from actions.order_parts import CancelConfirmSlot, PartSlot, part_to_cancel
from actions.order_slots import OrderSlot, known_order, named_in_vain, order_meant
from actions.slot_types import Filled, Invalid
from actions.talk import NOT_SENT_YET, takes_back
from actions.waiting import hand_over, queue_values
from closer.orders.records import Order

_SEVERAL = re.compile(
    r"\b(all|both|every|each)\b.{0,30}\borders?\b|\borders\b.{0,12}\b(all|both)\b"
    r"|\b(cancel|scrap|abort)\s+(them\s+)?(all|both)( of (them|those|these))?\W*(please|pls)?\W*$"
    r"|\b(cancel|scrap|abort|kill)\s+(absolutely |literally )?(everything|every (single )?thing|the lot)( (i|we)( have|'ve)? (ordered|bought|got|have)( with you| here)?)?( (now|please|pls))*\W*$"
    r"|^\W*(all|both)( of (them|those|these))?( please| pls)?\W*$",
    re.IGNORECASE,
)
_ABOUT_COSTS = re.compile(
    r"\b(?:fees?|charged?|charges|costs?|free|expensive|penalty|(?:get|have|see|is) (?:it all |everything |the money |my money )?back|lose (?:any )?money|pay (?:for (?:that|it|this)|anything|extra))\b",
    re.IGNORECASE,
)
_EVERY = re.compile(r"\b(all|every|each)\b", re.IGNORECASE)
_LEFT_OR_LEAVING = ("packed", "shipped")


class OrdersToCancelSlot(OrderSlot):
    """The order to cancel; "both" and "all of them" take each that can be, one after another."""

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept an order, or the first of several."""
        words = str(value.get("words") or "") if isinstance(value, dict) else ""
        if ctx.customer_id and _means_several(words) and (first := await _take_all(ctx, words)):
            return Filled(first)
        found = await super().check(ctx, value)
        if isinstance(value, dict) and "instead" in value and isinstance(found, Filled):
            self._drop_others(ctx, found.value)
        return found

    @staticmethod
    def _drop_others(ctx: TurnContext, order_id: Any) -> None:
        """Have none of several follow any more when one is chosen: "no, just the mat"."""
        if order_id == ctx.slot("order_id"):
            return
        waiting = ctx.slot("interrupted") or []
        kept = [w for w in waiting if w["task"] != CancelOrder.name or "values" not in w]
        ctx.set("interrupted", kept)


class CancelOrder(Task):
    """Cancels an order after saying what it costs."""

    name = "cancel_order"
    title = "cancelling an order"
    slots = {
        "order_id": OrdersToCancelSlot(by_goods=True),
        "item": PartSlot(),
        "confirmed": CancelConfirmSlot(),
    }

    @staticmethod
    def suits(order: Order) -> bool:
        """Whether an order can perhaps be cancelled."""
        return order.is_open

    async def begin(self, ctx: TurnContext) -> None:
        """Keep the first message: it may name an item; who asks how is told, and nothing is begun."""
        ctx.set("task_data", {"said": ctx.text})
        if calls_call_off(ctx):
            hand_over(ctx, self, "manage_appointment")
            return
        if asks_how(ctx.text) and not await self._too_late(ctx, ctx.text):
            ctx.say("utter_how_to_cancel")
            ctx.offer_after_answer(self.form, {"order_id": ctx.slot("order_id")})
            self.finish(ctx, "answered")

    async def explain(self, ctx: TurnContext) -> bool:
        """Tell what cancelling costs: the order, or in general."""
        if not _ABOUT_COSTS.search(ctx.text):
            return False
        await ACTIONS["action_check_cancellation_fee"]().perform(ctx)
        return True

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Name the fee before asking; an order that cannot be cancelled ends the task with the reason."""
        said = str((ctx.slot("task_data") or {}).get("said") or "")
        if takes_back(said):
            await self._cannot_take_back(ctx)
            return []
        if ctx.slot("order_id") is None:
            await self._order_meant(ctx, said)
        if ctx.slot("order_id") is None:
            if not any(map(self.suits, await ctx.services.orders.latest(str(ctx.customer_id), 8))):
                ctx.say("utter_nothing_to_cancel")
                self.finish(ctx, "impossible")
            return ["order_id"]
        order = await known_order(ctx)
        if order is None:
            return ["order_id"]
        terms = ctx.services.orders.cancellation(order)
        if not terms.allowed:
            self._refuse(ctx, order, terms.text)
        elif _names_what_is_not_there(ctx, order, said):
            ctx.say("utter_item_not_in_order")
            self.finish(ctx, "impossible")
        elif lines := ctx.slot("item") or part_to_cancel(order, said):
            self._take_off(ctx, order, lines, said)
        if ctx.slot("task_outcome"):
            return []
        fee = f"with a cancellation fee of {terms.fee}" if terms.fee.amount else "free of charge"
        names = ", ".join(item.name for item in order.items)
        ctx.set("task_summary", f"order {order.id} ({names}; {order.total}) {fee}")
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Cancel and say what is paid back; what else was wished for the order is done with."""
        done = await ctx.services.orders.cancel(
            str(ctx.customer_id), ctx.slot("order_id"), "asked in chat", ctx.key()
        )
        ctx.cost = done.fee
        said = "utter_cancelled" if done.refund else "utter_cancelled_unpaid"
        refund = str(done.refund.amount) if done.refund else ""
        ctx.say(said, cards=[order_card(done.order)], order_id=done.order.id, refund=refund)
        waiting = ctx.slot("interrupted") or []
        ctx.set("interrupted", [wish for wish in waiting if not wish.get("unless_cancelled")])

    @staticmethod
    async def _too_late(ctx: TurnContext, said: str) -> bool:
        """Whether the order that is named cannot be cancelled any more, which says more than how it would be done."""
        if ctx.customer_id is None:
            return False
        if ctx.slot("order_id") is None:
            named = order_like(await ctx.services.orders.latest(ctx.customer_id, 8), said)
            ctx.set("order_id", named.id if named else None)
        if ctx.slot("order_id") is None:
            return False
        order = await known_order(ctx)
        return order is not None and not ctx.services.orders.cancellation(order).allowed

    async def _order_meant(self, ctx: TurnContext, said: str) -> None:
        """Find the order without asking: each of several, the only one, or the one with the goods, even if it is too late."""
        if _means_several(said) and not named_in_vain(ctx):
            ctx.set("order_id", await _take_all(ctx, said))
        latest = await ctx.services.orders.latest(str(ctx.customer_id), 8)
        named = None if named_in_vain(ctx) else order_like(latest, said)
        too_late = named is not None and not self.suits(named)
        if too_late and any(self.suits(order) and holds(order, said) for order in latest):
            too_late = False
        if ctx.slot("order_id") is None and not too_late:
            await order_meant(ctx, self.suits)
        if ctx.slot("order_id") is None and named is not None:
            ctx.set("order_id", named.id)

    def _take_off(self, ctx: TurnContext, order: Order, lines: list[int], said: str) -> None:
        """Go on as a change of the order, with one question for each line."""
        for line in reversed(lines):
            values = {
                "order_id": order.id,
                "change_kind": "remove",
                "item": {"order_id": order.id, "line": line},
                "task_data": {"said": said},
            }
            queue_values(ctx, "change_order", values, quiet=True)
        self.finish(ctx, "passed_on")

    def _refuse(self, ctx: TurnContext, order: Order, reason: str) -> None:
        if order.state == "cancelled":
            ctx.say("utter_already_cancelled", order_id=order.id)
        else:
            ctx.say("utter_cannot_cancel", order_id=order.id, reason=reason)
        if order.state == "delivered":
            ctx.say("utter_offer_return")
            ctx.offer("get_refund_form", {"order_id": order.id})
        self.finish(ctx, "impossible")

    async def _cannot_take_back(self, ctx: TurnContext) -> None:
        """Say that what is cancelled stays so, and offer to order it anew."""
        order = await known_order(ctx) if ctx.slot("order_id") else None
        if order is None:
            latest = await ctx.services.orders.latest(str(ctx.customer_id), 8)
            order = next((one for one in latest if one.state == "cancelled"), None)
        if order is None or order.state != "cancelled":
            ctx.say(
                "utter_not_cancelled" if order else "utter_nothing_was_cancelled",
                order_id=order.id if order else "",
            )
        else:
            ctx.set("order_id", order.id)
            ctx.say("utter_stays_cancelled", order_id=order.id)
            if len(order.items) == 1:
                ctx.say("utter_offer_to_order_again", item=order.items[0].name)
                ctx.offer("place_order_form", {"product_in_focus": order.items[0].product_id})
        self.finish(ctx, "impossible")


def _means_several(words: str) -> bool:
    """Whether several orders are meant at once."""
    return bool(_SEVERAL.search(words) or NOT_SENT_YET.search(words))


async def _take_all(ctx: TurnContext, words: str) -> str | None:
    """Have every order that can be cancelled follow, name those that cannot any more, and return the first."""
    orders = await ctx.services.orders.latest(str(ctx.customer_id), 8)
    can = [order.id for order in orders if order.is_open]
    late = [order.id for order in orders if order.state in _LEFT_OR_LEAVING]
    if late and can and (_EVERY.search(words) or len(can) == 1):
        ctx.say("utter_too_late_to_cancel_others", orders=" and ".join(late))
    for order_id in reversed(can[1:]):
        queue_values(ctx, "cancel_order", {"order_id": order_id})
    return can[0] if can else None


def _names_what_is_not_there(ctx: TurnContext, order: Order, said: str) -> bool:
    """Whether the first message names goods, and no order by its number, that the order found for it does not hold."""
    product = ctx.entity("product")
    if not product or ctx.text != said or ctx.entity("order_id"):
        return False
    return not holds(order, f"{product} {said}")
