"""Following refunds."""

from __future__ import annotations

from actions.context import TurnContext
from actions.forms import Task
from actions.order_slots import find_order
from actions.refund_slots import RefundReferenceSlot
from actions.refund_words import refund_card, say_refund
from actions.slot_types import Filled, Invalid
from actions.talk import in_talk
from actions.tasks.refund_withdrawal import begin_withdrawal


class TrackRefund(Task):
    """Tells the true state of refunds."""

    name = "track_refund"
    title = "following your refund"
    ticket_category = "refund"
    slots = {"order_id": RefundReferenceSlot()}

    async def begin(self, ctx: TurnContext) -> None:
        """Hear whether the refund is rather taken back."""
        begin_withdrawal(ctx, self, spoken_of=False)

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Nothing needs to be asked: without a number the open refunds are told."""
        given = ctx.slot("order_id")
        if given is None:
            return ["order_id"] if ctx.refused_value else []
        checked = await self.slots["order_id"].check(ctx, given)
        ctx.set("order_id", checked.value if isinstance(checked, Filled) else None)
        if isinstance(checked, Invalid):
            ctx.say(checked.response, **checked.values)
        return ["order_id"]

    async def perform(self, ctx: TurnContext) -> None:
        """Say how far each is; without any offer to ask for one."""
        if ctx.slot("order_id") is None and await _told_of_unpaid(ctx):
            return
        order_id = ctx.slot("order_id")
        refunds = await ctx.services.orders.refunds(str(ctx.customer_id), order_id)
        if not refunds:
            ctx.offer("get_refund_form", {"order_id": order_id} if order_id else None)
            ctx.say(
                "utter_no_refund_for_order" if order_id else "utter_no_refunds",
                order_id=order_id or "",
            )
            return
        running = [refund for refund in refunds if refund.state in ("requested", "approved")]
        shown = list(refunds[:4]) if order_id else (running[:4] or list(refunds[:1]))
        if len(shown) > 1:
            ctx.say(
                "utter_refunds",
                cards=[refund_card(refund) for refund in shown],
                count=str(len(shown)),
            )
            return
        ctx.set("order_id", shown[0].order_id)
        say_refund(ctx, shown[0])


async def _told_of_unpaid(ctx: TurnContext) -> bool:
    """Say that no money goes back where the order just cancelled was never paid; whether that was said."""
    talk = in_talk(ctx)
    if talk.get("about") != "cancel_order" or not talk.get("done"):
        return False
    order = await find_order(ctx, str(talk["order_id"]))
    if order.state != "cancelled" or order.paid.amount or order.refunded.amount:
        return False
    ctx.say("utter_cancelled_unpaid", order_id=order.id)
    return True
