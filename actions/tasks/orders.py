"""Tracking, cancelling and looking back on orders."""

from __future__ import annotations

from actions.context import TurnContext
from actions.forms import Task
from actions.order_slots import OrderSlot, find_order, order_card, progress_steps
from actions.slot_types import ConfirmSlot
from closer.conversations.turn import Button
from closer.kit.pagination import PageRequest
from closer.orders.records import Order


class TrackOrder(Task):
    """Tells the true state of an order and what comes next."""

    name = "track_order"
    title = "tracking your order"
    slots = {"order_id": OrderSlot()}

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Only ask which order if the customer has several on their way."""
        if ctx.slot("order_id") is None:
            open_orders = [o for o in await ctx.services.orders.latest(str(ctx.customer_id), 8) if self.suits(o)]
            if len(open_orders) == 1:
                ctx.set("order_id", open_orders[0].id)
        return ["order_id"]

    @staticmethod
    def suits(order: Order) -> bool:
        """Whether an order is still on its way."""
        return order.state in ("placed", "paid", "packed", "shipped")

    async def perform(self, ctx: TurnContext) -> None:
        """Say the state with the progress steps."""
        order = await find_order(ctx, ctx.slot("order_id"))
        buttons = []
        if ctx.services.orders.cancellation(order).allowed:
            buttons.append(Button(title="Cancel this order", payload="/cancel_order"))
        ctx.say(
            f"utter_order_{order.state}",
            cards=[order_card(order, buttons)],
            steps=progress_steps(ctx, order),
            order_id=order.id,
            date=_day(order),
            carrier=order.shipment.carrier if order.shipment else "",
            tracking=order.shipment.tracking_number if order.shipment else "",
        )


class CancelOrder(Task):
    """Cancels an order after saying what it costs."""

    name = "cancel_order"
    title = "cancelling an order"
    slots = {"order_id": OrderSlot(), "confirmed": ConfirmSlot()}

    @staticmethod
    def suits(order: Order) -> bool:
        """Whether an order can perhaps be cancelled."""
        return order.state in ("placed", "paid")

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Name the fee before asking; an order that cannot be cancelled ends the task with the reason."""
        if ctx.slot("order_id") is None:
            return ["order_id"]
        order = await find_order(ctx, ctx.slot("order_id"))
        terms = ctx.services.orders.cancellation(order)
        if not terms.allowed:
            ctx.say("utter_cannot_cancel", order_id=order.id, reason=terms.text)
            self.finish(ctx, "impossible")
            return []
        fee = f"a cancellation fee of {terms.fee}" if terms.fee.amount else "no fee"
        names = ", ".join(item.name for item in order.items)
        ctx.set("task_summary", f"order {order.id} ({names}, {order.total}) for {fee}")
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Cancel and say what is paid back."""
        done = await ctx.services.orders.cancel(
            str(ctx.customer_id), ctx.slot("order_id"), "asked in chat", f"msg:{ctx.message_id}"
        )
        said = "utter_cancelled" if done.refund else "utter_cancelled_unpaid"
        refund = str(done.refund.amount) if done.refund else ""
        ctx.say(said, cards=[order_card(done.order)], order_id=done.order.id, refund=refund)


class OrderHistory(Task):
    """Shows the last orders."""

    name = "order_history"
    title = "your past orders"
    slots = {}

    async def perform(self, ctx: TurnContext) -> None:
        """Show the five latest as cards."""
        page = await ctx.services.orders.list(str(ctx.customer_id), PageRequest(limit=5))
        if not page.items:
            ctx.say("utter_no_orders")
            return
        cards = [order_card(o, [Button(title="Details", payload=f'/track_order{{"order_id":"{o.id}"}}')]) for o in page.items]
        ctx.say("utter_order_history", cards=cards, count=str(page.total if page.total is not None else len(cards)))


def _day(order: Order) -> str:
    moment = order.delivered_at or order.deliver_until
    return f"{'on' if order.delivered_at else 'by'} {moment:%A}, {moment.day} {moment:%B}"
