"""Copies of one's data, and its erasure."""

from __future__ import annotations

from actions.compliance import request_deletion, request_export, say_receipt
from actions.context import TurnContext
from actions.forms import Task
from actions.slot_types import ConfirmSlot
from actions.talk import in_talk, speaks_of_data
from actions.waiting import queue_values


class RequestDataExport(Task):
    """Has a copy of the customer's data made; its link goes by mail to the address on record."""

    name = "request_data_export"
    title = "a copy of your data"
    slots = {"confirmed": ConfirmSlot()}
    ticket_category = "privacy"

    async def perform(self, ctx: TurnContext) -> None:
        """Record the request and give the receipt."""
        customer = await ctx.services.customers.get(str(ctx.customer_id))
        request = await request_export(ctx, customer.id)
        say_receipt(ctx, "utter_export_requested", request, customer)


class RequestDataDeletion(Task):
    """Has the customer's data erased after saying what that means."""

    name = "request_data_deletion"
    title = "erasing your data"
    slots = {"confirmed": ConfirmSlot("delete|erase|remove|wipe")}
    ticket_category = "privacy"

    async def begin(self, ctx: TurnContext) -> None:
        """Leave "remove it all" to the order that was just spoken of."""
        order_id = in_talk(ctx).get("order_id")
        if order_id and not speaks_of_data(ctx.text):
            queue_values(ctx, "cancel_order", {"order_id": order_id}, quiet=True)
            self.finish(ctx, "passed_on")

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Name the orders that are still on their way."""
        orders = await ctx.services.orders.latest(str(ctx.customer_id), 20)
        going = [
            order.id for order in orders if order.state in ("placed", "paid", "packed", "shipped")
        ]
        ctx.set(
            "task_summary",
            f"Orders on their way ({', '.join(going)}) still arrive. " if going else "",
        )
        return ["confirmed"]

    async def perform(self, ctx: TurnContext) -> None:
        """Record the request and give the receipt."""
        customer = await ctx.services.customers.get(str(ctx.customer_id))
        request = await request_deletion(ctx, customer.id)
        say_receipt(ctx, "utter_deletion_requested", request, customer)
