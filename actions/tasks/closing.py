"""Closing an account, with the erasure of its data in the same breath if that is wanted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.afterwards import remember_change
from actions.compliance import request_deletion, say_receipt
from actions.context import TurnContext
from actions.forms import Task
from actions.slot_types import Answer, FinalConfirmSlot
from actions.tasks.account_questions import CLOSING, first_answer, wants_pause
from actions.tasks.copy_first import copy_goes_first
from actions.tasks.phone_removal import removes_phone
from actions.waiting import hand_over
from closer.customers.records import Customer
from closer.notifications import account_templates
from closer.orders.records import Order
from closer.security.verification_records import mask_address

#: The value of `confirmed` when the data are to be erased, too.
WITH_DATA = "with data"
_ERASE = re.compile(
    r"\b(?:erase|delete|remove|wipe)\b.{0,20}\b(?:data|everything|all of it|the rest|it all)\b",
    re.IGNORECASE,
)


class ClosingSlot(FinalConfirmSlot):
    """The yes to closing: plain, or together with the erasure of the data."""

    def __init__(self) -> None:
        super().__init__("delete|close|remove|erase|wipe")

    def read(self, ctx: TurnContext, answer: Answer) -> bool | str | None:  # type: ignore[override]
        """Return True or False, `WITH_DATA`, or None if it is no clear answer."""
        meant = super().read(ctx, answer)
        return WITH_DATA if meant and _ERASE.search(ctx.text) else meant


class DeleteAccount(Task):
    """Closes the account after saying what that means."""

    name = "delete_account"
    title = "closing your account"
    slots = {"confirmed": ClosingSlot()}
    ticket_category = "account"

    async def begin(self, ctx: TurnContext) -> None:
        """Tell who only wants a pause what there is instead; a phone number alone is taken out of the account."""
        if copy_goes_first(ctx, self):
            return
        if removes_phone(ctx.text):
            hand_over(ctx, self, "edit_account")
            return
        if wants_pause(ctx.text):
            ctx.say("utter_closing_pause")

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Name the orders that are still open."""
        customer = await ctx.services.customers.get(str(ctx.customer_id))
        if customer.status == "closed":
            ctx.say("utter_account_is_closed")
            self.finish(ctx, "impossible")
            return []
        ctx.set("task_summary", orders_note(await ctx.services.orders.latest(customer.id, 20)))
        return ["confirmed"]

    async def explain(self, ctx: TurnContext) -> bool:
        """Answer what closing means."""
        return first_answer(ctx, CLOSING)

    async def perform(self, ctx: TurnContext) -> None:
        """Close the account and its sign-in, tell by mail; record the erasure if that is wanted, since nobody can sign in later."""
        services, customer_id = ctx.services, str(ctx.customer_id)
        customer = await services.customers.get(customer_id)
        await services.customers.close_account(customer_id, by=f"msg:{ctx.message_id}")
        account = await services.accounts.find_by_customer(customer_id)
        if account is not None:
            await services.accounts.close(account.account_id)
        await _tell(ctx, customer)
        remember_change(ctx, self.name, None)
        where = mask_address(customer.email) if customer.email else "your address"
        if ctx.slot("confirmed") != WITH_DATA:
            ctx.say("utter_account_closed", email=where)
            return
        ctx.say("utter_account_closed_and_erasing", email=where)
        say_receipt(
            ctx, "utter_deletion_requested", await request_deletion(ctx, customer_id), customer
        )


def orders_note(orders: Sequence[Order]) -> str:
    """Say what becomes of open orders: those that are paid arrive, those that are not wait on."""
    going = [order.id for order in orders if order.state in ("paid", "packed", "shipped")]
    unpaid = [order.id for order in orders if order.state == "placed"]
    note = ""
    if going:
        note += f"{_named(going)} still {'arrives' if len(going) == 1 else 'arrive'}. "
    if unpaid:
        verb = "isn't" if len(unpaid) == 1 else "aren't"
        note += f"{_named(unpaid)} {verb} paid yet and won't be sent before that. "
    return note


def _named(numbers: Sequence[str]) -> str:
    return f"Your open order{'' if len(numbers) == 1 else 's'} {', '.join(numbers)}"


async def _tell(ctx: TurnContext, customer: Customer) -> None:
    if customer.email:
        await ctx.services.notifications.enqueue(
            account_templates.account_closed(ctx.services.settings.shop_name, customer.first_name),
            channel="email",
            address=customer.email,
            customer_id=customer.id,
            idempotency_key=f"closed:{customer.id}",
        )
