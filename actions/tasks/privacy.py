"""Copies of one's data, and its erasure."""

from __future__ import annotations

import re

from actions.after_task import removal_named, takes_erasure_back
from actions.afterwards import remember_change
from actions.compliance import (
    day,
    request_deletion,
    request_export,
    say_receipt,
    withdraw_deletion,
)
from actions.confirming import is_asking
from actions.context import TurnContext
from actions.forms import Task
from actions.slot_types import Answer, ConfirmSlot, FinalConfirmSlot
from actions.talk import in_talk, speaks_of_data
from actions.tasks.account_questions import ERASING, EXPORT, first_answer
from actions.tasks.closing import orders_note
from actions.tasks.copy_first import copy_goes_first
from actions.tasks.phone_removal import removes_phone
from actions.waiting import hand_over, queue_values
from closer.kit.errors import Conflict, NotFound

#: An erasure is not wanted any more.
_WITHDRAWS = re.compile(
    r"\b(withdraw|take back|revoke|cancel|undo|call off|retract|halt|abort)\b.{0,25}\b(eras\w*|delet\w*|removal|request)\b"
    r"|\b(don'?t|dont|do not|not|no longer)( want)?( you)?( to)?( please)?( have)? (my data )?(eras|delet|remov|wip)\w*",
    re.IGNORECASE,
)
#: What "remove it all" may mean, with what says so.
_REMOVABLE = [
    {"title": "What is in my cart", "payload": "empty my cart"},
    {"title": "An order", "payload": "/cancel_order"},
    {"title": "My account", "payload": "/delete_account"},
    {"title": "All my data", "payload": "/request_data_deletion"},
]
_COPY = re.compile(r"\bcop(?:y|ies)\b|\bdownload\b", re.IGNORECASE)
#: The copy is ordered in so many words.
_SENDS = re.compile(
    r"^\W*(?:(?:yes|ok(?:ay)?|please|pls)\W+)*(?:send|e-?mail|mail|give|make|export) (?:me )?(?:everything|all(?: of it)?|it|(?:a|the|that|my) (?:copy|data|file|export))\b"
    r"|(?<!not )(?<!n't )(?<!dont )\b(?:just|only) (?:please )?(?:send|make|get|give|e-?mail|mail) (?:me )?(?:(?:the|a|my|that) (?:copy|data|file|link|export)|it)\b",
    re.IGNORECASE,
)
_OF_PAPERS = re.compile(r"\b(?:invoices?|receipts?|bills?|orders?)\b", re.IGNORECASE)
WITHDRAWING = {"withdraw": True}


class CopySlot(ConfirmSlot):
    """The yes to a copy, also where something else is refused beside it: "don't delete anything, just send me the copy"."""

    def read(self, ctx: TurnContext, answer: Answer) -> bool | None:
        """Return True for a yes or an order to send it, False for no; only when asked."""
        if answer.asked and _SENDS.search(ctx.text) and not is_asking(ctx):
            return True
        return super().read(ctx, answer)


class RequestDataExport(Task):
    """Has a copy of the customer's data made; its link goes by mail to the address on record."""

    name = "request_data_export"
    title = "a copy of your data"
    slots = {"confirmed": CopySlot()}
    ticket_category = "privacy"
    open_to_closed = True

    async def begin(self, ctx: TurnContext) -> None:
        """Hear "my data" as what is to be removed where that was just asked."""
        if task := removal_named(ctx):
            hand_over(ctx, self, task)

    async def explain(self, ctx: TurnContext) -> bool:
        """Answer when it comes, in which format, and what is in it."""
        return first_answer(ctx, EXPORT)

    async def perform(self, ctx: TurnContext) -> None:
        """Record the request and give the receipt."""
        customer = await ctx.services.customers.get(str(ctx.customer_id))
        request = await request_export(ctx, customer.id)
        say_receipt(ctx, "utter_export_requested", request, customer)


class RequestDataDeletion(Task):
    """Has the customer's data erased after saying what that means; takes that back as long as it is not done."""

    name = "request_data_deletion"
    title = "erasing your data"
    slots = {"confirmed": FinalConfirmSlot("delete|erase|remove|wipe")}
    ticket_category = "privacy"
    open_to_closed = True

    async def begin(self, ctx: TurnContext) -> None:
        """Hear whether an erasure is rather to be taken back; leave "remove it all" to the order that was just spoken of."""
        if copy_goes_first(ctx, self):
            return
        if _WITHDRAWS.search(ctx.text) or takes_erasure_back(ctx):
            ctx.set("task_data", WITHDRAWING)
            return
        order_id = in_talk(ctx).get("order_id")
        if order_id and not speaks_of_data(ctx.text):
            queue_values(ctx, "cancel_order", {"order_id": order_id}, quiet=True)
            self.finish(ctx, "passed_on")
        elif removes_phone(ctx.text):
            hand_over(ctx, self, "edit_account")
        elif ctx.intent == self.name and not speaks_of_data(ctx.text):
            ctx.say("utter_what_to_remove", buttons=_REMOVABLE)
            self.finish(ctx, "answered")

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Name the orders that are still open; say when it is recorded already."""
        if ctx.slot("task_data") == WITHDRAWING:
            return []
        customer_id = str(ctx.customer_id)
        before = await ctx.services.compliance.open_deletion(customer_id)
        if before is not None:
            date = day(before.due_at)
            ctx.say("utter_deletion_recorded_before", receipt=before.receipt, date=date)
            self.finish(ctx, "answered")
            return []
        ctx.set("task_summary", orders_note(await ctx.services.orders.latest(customer_id, 20)))
        return ["confirmed"]

    async def explain(self, ctx: TurnContext) -> bool:
        """Answer what is erased, and when."""
        return first_answer(ctx, ERASING)

    async def perform(self, ctx: TurnContext) -> None:
        """Record the request and give the receipt, or take it back."""
        if ctx.slot("task_data") == WITHDRAWING:
            await _withdraw(ctx)
            return
        customer = await ctx.services.customers.get(str(ctx.customer_id))
        request = await request_deletion(ctx, customer.id)
        say_receipt(ctx, "utter_deletion_requested", request, customer)
        remember_change(ctx, self.name, {"task_data": WITHDRAWING})


async def _withdraw(ctx: TurnContext) -> None:
    customer_id = str(ctx.customer_id)
    try:
        request = await withdraw_deletion(ctx, customer_id)
    except NotFound:
        ctx.say("utter_no_deletion")
    except Conflict:
        ctx.say("utter_deletion_carried_out")
    else:
        ctx.say("utter_deletion_withdrawn", receipt=request.receipt)


def wants_copy_first(ctx: TurnContext) -> bool:
    """Say whether "a copy of it", before the data is erased, means the data and no invoice."""
    waiting = ctx.slot("interrupted") or []
    to_erase = bool(waiting) and waiting[-1]["task"] in ("request_data_deletion", "delete_account")
    return to_erase and _COPY.search(ctx.text) is not None and not _OF_PAPERS.search(ctx.text)
