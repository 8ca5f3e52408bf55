"""Tracking orders."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

from actions.context import TurnContext
from actions.forms import Task
from actions.negation import NT
from actions.order_cards import order_card, progress_steps
from actions.order_slots import OrderSlot, known_order, named_in_vain, order_meant
from actions.slot_types import ConfirmSlot
from actions.spoken_of import last_action
from actions.talk import keep_in_talk
from actions.waiting import hand_over
from closer.conversations.turn import Button
from closer.orders.policy import LOST_AFTER
from closer.orders.records import Order

_NOT_RECEIVED = re.compile(
    rf"(?:\b(?:never|not|nothing|no sign|nobody|without)\b|{NT}).{{0,30}}\b(?:arriv\w*|came|come|got|get|gotten|receiv\w*|show\w*|turn\w*|here|there|see\w*|in sight|"
    r"deliver\w*|find|found)\b|\b(?:missing|lost|stolen|vanished|disappeared)\b|\bnothing\b.{0,20}\b(?:at|in|on)\b",
    re.IGNORECASE,
)
_SAID_DELIVERED = re.compile(
    r"\b(?:says?|said|shows?|marked|claims?|tracking|status|apparently|supposedly)\b.*\bdelivered\b|\bdelivered but\b",
    re.IGNORECASE,
)

#: "Where are my orders", "i have 2 orders coming, where are they".
_SEVERAL = re.compile(
    r"\b(?:orders|parcels|packages|deliveries|shipments|purchases)\b|\b(?:both|all)(?: of)? (?:them|these|those|my|the)\b|\b(?:both|all of it|everything)\b",
    re.IGNORECASE,
)

#: "And the status of mine?" is about what was explained right before.
_OF_MINE = re.compile(r"\b(?:mine|my one)\b", re.IGNORECASE)
_REFUNDS_EXPLAINED = "action_check_refund_policy"


def means_several(text: str) -> bool:
    """Say whether a text is about more than one order: "my parcels", "where are they all"."""
    return _SEVERAL.search(text) is not None


def not_received(text: str) -> str | None:
    """Say whether a text tells of something that did not arrive, or that was only said to be `delivered`."""
    if _NOT_RECEIVED.search(text) is None:
        return None
    return "delivered" if _SAID_DELIVERED.search(text) else "waiting"


class TrackOrder(Task):
    """Tells the true state of an order and what comes next; what never arrived becomes a ticket."""

    name = "track_order"
    title = "tracking your order"
    ticket_category = "delivery"
    slots = {"order_id": OrderSlot(), "confirmed": ConfirmSlot()}

    @staticmethod
    def suits(order: Order) -> bool:
        """Whether an order is still on its way."""
        return order.state in ("placed", "paid", "packed", "shipped")

    async def begin(self, ctx: TurnContext) -> None:
        """Hear whether something is said not to have arrived; "and the status of mine?" after refunds were explained is about a refund."""
        if last_action(ctx, _REFUNDS_EXPLAINED) and _OF_MINE.search(ctx.text):
            hand_over(ctx, self, "track_refund")
            return
        ctx.set(
            "task_data",
            {"said": ctx.text, "not_received": not_received(ctx.text)},
        )

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Only ask which order if several are on their way; offer a ticket for one that should have arrived."""
        if ctx.slot("task_data") is None:
            await self.begin(ctx)
        if ctx.slot("order_id") is None:
            claimed = (ctx.slot("task_data") or {}).get("not_received") == "delivered"
            await order_meant(ctx, self._just_delivered(ctx) if claimed else self.suits)
        if ctx.slot("order_id") is None:
            latest = await ctx.services.orders.latest(str(ctx.customer_id), 8)
            if not latest:
                ctx.say("utter_no_orders")
                self.finish(ctx, "impossible")
            going = [order for order in latest if self.suits(order)]
            if len(going) > 1 and self._means_all(ctx) and not named_in_vain(ctx):
                self._tell_all(ctx, going)
                return []
            if going or not latest or named_in_vain(ctx):
                return ["order_id"]
            ctx.set("order_id", latest[0].id)
        order = await known_order(ctx)
        if order is None:
            return ["order_id"]
        data = ctx.slot("task_data") or {}
        late = order.state == "shipped" and ctx.services.clock.now() > order.deliver_until
        if not data.get("not_received") or not (late or order.state == "delivered"):
            return []
        if not data.get("told"):
            self._tell(ctx, order)
            ctx.set("task_data", {**data, "told": True})
        ctx.set("task_summary", f"order {order.id}")
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Say the state with the progress steps, or have a lost parcel looked for."""
        order = await known_order(ctx)
        if order is None:
            return
        if ctx.slot("confirmed"):
            await self._look_for(ctx, order)
            return
        self._tell(ctx, order)
        if order.state == "delivered":
            ctx.offer("complaint_form", {"order_id": order.id})

    @staticmethod
    def _means_all(ctx: TurnContext) -> bool:
        """Whether more than one order is asked about, without naming any."""
        return means_several(str((ctx.slot("task_data") or {}).get("said") or ""))

    def _tell_all(self, ctx: TurnContext, going: Sequence[Order]) -> None:
        """Say where each of the orders under way is, the one that comes next first."""
        ctx.say("utter_orders_under_way", count=str(len(going)))
        going = sorted(going, key=lambda each: each.deliver_until)
        for order in going:
            self._tell(ctx, order)
        ctx.set("order_id", None)
        keep_in_talk(ctx, None, self.name, listed=[order.id for order in going])
        self.finish(ctx, "told")

    @staticmethod
    def _just_delivered(ctx: TurnContext) -> Callable[[Order], bool]:
        since = ctx.services.clock.now() - timedelta(days=45)
        return lambda order: order.delivered_at is not None and order.delivered_at >= since

    def _tell(self, ctx: TurnContext, order: Order) -> None:
        """Say where the order is."""
        buttons = []
        if ctx.services.orders.cancellation(order).allowed:
            buttons.append(
                Button(
                    title="Cancel this order", payload=f'/cancel_order{{"order_id":"{order.id}"}}'
                )
            )
        now, state = ctx.services.clock.now(), order.state
        missing = bool((ctx.slot("task_data") or {}).get("not_received"))
        if state == "shipped" and now > order.deliver_until:
            state = "late"
        elif state == "placed" and order.payment and order.payment.state == "failed":
            state = "unpaid"
        elif state == "delivered" and missing:
            state = "said_delivered"
        elif missing:
            ctx.say("utter_order_awaited")
        ctx.say(
            f"utter_order_{state}",
            cards=[order_card(order, buttons)],
            steps=progress_steps(ctx, order),
            order_id=order.id,
            date=_day(order),
            carrier=order.shipment.carrier if order.shipment else "our carrier",
            tracking=order.shipment.tracking_number if order.shipment else "",
        )

    async def _look_for(self, ctx: TurnContext, order: Order) -> None:
        waited = order.delivered_at or order.deliver_until + LOST_AFTER
        ticket = await ctx.services.tickets.create(
            customer_id=ctx.customer_id,
            conversation_id=ctx.conversation_id,
            subject=f"Order {order.id} was not received",
            category="delivery",
            priority="high" if ctx.services.clock.now() >= waited else "normal",
            comment=str((ctx.slot("task_data") or {}).get("said") or ctx.text),
            idempotency_key=f"lost:{ctx.conversation_id}:{order.id}",
        )
        ctx.say("utter_parcel_ticket", ticket_id=ticket.id, order_id=order.id)


def _day(order: Order) -> str:
    moment = order.delivered_at or (
        order.shipment.estimated_delivery if order.shipment else order.deliver_until
    )
    return f"{'on' if order.delivered_at else 'by'} {moment:%A}, {moment.day} {moment:%B}"
