"""Why money does not go back, and what can be done instead."""

from __future__ import annotations

from actions.context import TurnContext
from actions.forms import Task
from actions.refund_goods import lines_of, names
from actions.refund_words import say_refund
from closer.orders.reasons import is_fault
from closer.orders.records import Order
from closer.orders.terms import RefundTerms

_REFUSALS = ("cancel_instead", "not_delivered_yet", "too_late", "nothing_left", "cancelled")


class RefusingTask(Task):
    """What a refund says when the policy forbids it."""

    async def refuse(self, ctx: TurnContext, order: Order, terms: RefundTerms) -> list[str]:
        """Say why there is no refund, and what can be done instead."""
        said = terms.reason if terms.reason in _REFUSALS else "too_late"
        made = await ctx.services.orders.refunds(order.customer_id, order.id)
        if made and said in ("nothing_left", "cancelled"):
            self.finish(ctx, "impossible")
            say_refund(ctx, made[0])
            return []
        if said == "too_late":
            return await self._late(ctx, order, f"utter_no_refund_{said}", terms.text)
        if said == "cancel_instead":
            ctx.offer("cancel_order_form", {"order_id": order.id})
        if order.state == "packed":
            said = order.state
        ctx.say(f"utter_no_refund_{said}", order_id=order.id, detail=terms.text)
        self.finish(ctx, "impossible")
        return []

    async def refuse_items(self, ctx: TurnContext, order: Order, terms: RefundTerms) -> list[str]:
        """Say that just these things cannot go back any more."""
        lines = lines_of(ctx.slot("item")) or []
        late = next(i for i in terms.items if i.line in lines and not i.eligible)
        day = (
            f" ended on {late.deadline.day} {late.deadline:%B %Y}" if late.deadline else " is over"
        )
        detail = f"the time for returning{day}"
        goods = {item.line: item.quantity for item in order.items if item.line in lines}
        return await self._late(ctx, order, "utter_no_refund_items", detail, names(order, goods))

    async def refuse_again(self, ctx: TurnContext, order: Order, lines: list[int]) -> list[str]:
        """Say that the money for these things was asked for already, and how far that is."""
        made = await ctx.services.orders.refunds(order.customer_id, order.id)
        said = next(
            each
            for each in made
            if each.state != "refused" and {line for line, _ in each.items} & set(lines)
        )
        goods = {line: n for line, n in said.items if line in lines}
        ctx.say("utter_refund_already", items=names(order, goods))
        say_refund(ctx, said)
        self.finish(ctx, "impossible")
        return []

    async def _late(
        self, ctx: TurnContext, order: Order, response: str, detail: str, items: str = ""
    ) -> list[str]:
        """Say that it is too late without a fault, and listen for one; leave it at that when there is none."""
        data = ctx.slot("task_data") or {}
        faulty = await ctx.services.orders.refund_terms(order.customer_id, order.id, "damaged")
        if data.get("late") and not is_fault(str(ctx.slot("reason"))):
            ctx.say("utter_refund_late_kept")
            ctx.offer("action_handoff")
            self.finish(ctx, "impossible")
            return []
        ctx.say(response, order_id=order.id, detail=detail, items=items)
        if not faulty.eligible or is_fault(str(ctx.slot("reason"))):
            self.finish(ctx, "impossible")
            return []
        ctx.set("reason", None)
        ctx.set("task_data", {**data, "late": f"{detail[0].upper()}{detail[1:].rstrip('.')}."})
        return ["reason"]
