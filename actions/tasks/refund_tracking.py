"""Following refunds, and showing them."""

from __future__ import annotations

from actions.context import TurnContext
from actions.forms import Task
from actions.refund_slots import RefundReferenceSlot
from actions.slot_types import Filled, Invalid
from actions.wording import day_of
from closer.conversations.turn import Card, Fact
from closer.orders.records import Refund

_STATE_WORDS = {
    "requested": "waiting for a colleague's decision",
    "approved": "approved, the money is on its way",
    "paid": "paid out",
    "refused": "declined",
}


class TrackRefund(Task):
    """Tells the true state of refunds."""

    name = "track_refund"
    title = "following your refund"
    ticket_category = "refund"
    slots = {"order_id": RefundReferenceSlot()}

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
        say_refund(ctx, shown[0])


def say_refund(ctx: TurnContext, refund: Refund) -> None:
    """Say how far a refund is; one that takes too long comes with the offer of a person."""
    waits = refund.state in ("requested", "approved")
    late = waits and refund.expected_by < ctx.services.clock.now()
    moment = refund.paid_at or refund.decided_at or refund.expected_by
    ctx.say(
        f"utter_refund_is_{refund.state}{'_late' if late else ''}",
        cards=[refund_card(refund)],
        refund_id=refund.id,
        order_id=refund.order_id,
        amount=str(refund.amount),
        date=day_of(refund.expected_by),
        since=day_of(moment),
    )
    if late or refund.state == "refused":
        ctx.offer("action_handoff")


def refund_card(refund: Refund) -> Card:
    """Return a refund as a card."""
    facts = [
        Fact(label="Amount", value=str(refund.amount)),
        Fact(label="Status", value=_STATE_WORDS[refund.state].capitalize()),
        Fact(label="Asked for", value=f"{refund.requested_at.day} {refund.requested_at:%B %Y}"),
    ]
    if refund.paid_at:
        facts.append(Fact(label="Paid", value=f"{refund.paid_at.day} {refund.paid_at:%B %Y}"))
    elif refund.state != "refused":
        facts.append(
            Fact(label="Expected by", value=f"{refund.expected_by.day} {refund.expected_by:%B %Y}")
        )
    return Card(
        kind="refund", title=f"Refund {refund.id}", subtitle=f"Order {refund.order_id}", facts=facts
    )
