"""Showing an invoice, and sending it."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import EventType

from actions.after_refund import REFUNDS
from actions.base import CloserAction
from actions.context import TurnContext
from actions.ended import ended_lately, told_before
from actions.forms import Task
from actions.invoice_cards import invoice_card, invoice_values, invoices_listed, mail_button
from actions.invoice_choice import OFFERED, invoice_with, offered_like, older_than
from actions.invoice_names import InvoiceNameSlot, answer_other_name, name_told, note_name
from actions.invoice_times import several_meant, those_meant
from actions.mail import mail_customer
from actions.order_slots import meant_elsewhere
from actions.refund_way_back import asks_way_back
from actions.slot_types import Answer, EntitySlot, Filled, Invalid
from actions.spoken_of import last_action, told_lately
from actions.talk import one_before
from actions.tasks.privacy import wants_copy_first
from actions.waiting import hand_over
from closer.kit.errors import NotFound
from closer.notifications import templates
from closer.notifications.records import Content
from closer.orders.records import Invoice
from closer.security.verification_records import mask_address

_NUMBER = r"#?(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{2,20}"
_LAST = re.compile(
    r"\b(last|latest|most recent|newest|recent)\b(?! (?:day|week|month|year|quarter|night|summer|winter|spring|autumn|fall)s?\b)",
    re.IGNORECASE,
)
_THAT = re.compile(r"\b(it|that|this|that one|that order|this order|the same)\b", re.IGNORECASE)
_ANOTHER = re.compile(r"\b(an ?other|different|all|which|last|latest)\b", re.IGNORECASE)
_CALLED = re.compile(r"\b(invoices?|bills?|receipts?)\b", re.IGNORECASE)
_THEM = re.compile(r"\b(?:them|those|these|both|all)\b", re.IGNORECASE)
_LAST_ONE = "last"
#: So many are shown at once.
_SHOWN = 8
#: What a thing that was bought sounds like where an invoice is meant: "the kettle order".
_LIKE_GOODS = (
    "place_order",
    "product_info",
    "check_stock",
    "track_order",
    "check_invoice",
    "get_invoice",
)
_SENT = "action_submit_get_invoice"


class InvoiceSlot(EntitySlot):
    """One of the customer's invoices: by its number, by its order's number, or the last one."""

    def __init__(self) -> None:
        super().__init__("invoice_id", "order_id", pattern=_NUMBER)

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return a number, `last`, or which of them are meant by a time or all together."""
        if (several := several_meant(ctx, asked=answer.asked)) is not None:
            return several
        found = super().read(ctx, answer)
        if found is not None:
            return found
        if answer.asked and (number := ctx.entity("quantity")):
            return str(number)
        if (answer.asked or _CALLED.search(ctx.text)) and _LAST.search(ctx.text):
            return _LAST_ONE
        guess = (
            answer.asked
            and ctx.intent not in ("deny", "affirm")
            and not meant_elsewhere(ctx, *_LIKE_GOODS)
            and name_told(ctx.text) is None
        )
        return {"words": ctx.text} if guess else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept an invoice of this customer; before the identity is proven any number is kept as it is."""
        if isinstance(value, dict) and "words" not in value:
            return await _several(ctx, value)
        if isinstance(value, dict):
            found = (
                offered_like(await latest_invoices(ctx), value["words"])
                if ctx.customer_id
                else None
            )
            return Filled(found.id) if found else Invalid("utter_invalid_invoice_id")
        if ctx.customer_id is None:
            return Filled(str(value))
        try:
            return Filled((await find_invoice(ctx, str(value))).id)
        except NotFound as error:
            if error.code == "not_invoiced_yet":
                ctx.set("task_outcome", "impossible")
                return Invalid("utter_not_invoiced_yet", order_id=str(value))
            return Invalid("utter_invoice_not_found", reference=str(value))


async def _several(ctx: TurnContext, meant: dict[str, Any]) -> Filled | Invalid:
    """Find the invoices of a time, or all of them; before the identity is proven the wish is kept as it is."""
    if ctx.customer_id is None or "ids" in meant:
        return Filled(meant)
    known = await latest_invoices(ctx)
    named = None if meant["all"] else invoice_with(known, ctx.text)
    found = [named] if named else those_meant(known, meant)
    if not found:
        ctx.set("task_outcome", "impossible")
        return Invalid("utter_no_invoices_then" if meant.get("since") else "utter_no_invoices")
    if len(found) == 1:
        return Filled(found[0].id)
    return Filled({"ids": [each.id for each in found]} if meant["all"] else None)


async def find_invoice(ctx: TurnContext, reference: str) -> Invoice:
    """Return the customer's invoice by its or its order's number, or the last one.

    Raises:
        NotFound: if there is none, or it is another customer's.
    """
    customer_id = str(ctx.customer_id)
    if reference != _LAST_ONE:
        return await ctx.services.orders.invoice(customer_id, reference)
    known = await ctx.services.orders.invoices(customer_id)
    if not known:
        raise NotFound("there is no invoice yet", code="invoice_not_found")
    return known[0]


async def latest_invoices(ctx: TurnContext) -> list[Invoice]:
    """Return the invoices that are offered, the newest first."""
    known = await ctx.services.orders.invoices(str(ctx.customer_id)) if ctx.customer_id else []
    return [each for each in known if each.state == "issued"]


class _InvoiceTask(Task):
    """What both tasks share: which invoice."""

    slots = {"invoice_id": InvoiceSlot(), "invoice_name": InvoiceNameSlot()}
    ticket_category = "invoice"

    async def begin(self, ctx: TurnContext) -> None:
        """Take "the invoice for that order" to mean the order spoken of before."""
        if ended_lately(ctx) in REFUNDS and asks_way_back(ctx.text):
            hand_over(ctx, self, "get_refund")
            return
        if answer_other_name(ctx):
            self.finish(ctx, "answered")
            return
        if wants_copy_first(ctx):
            hand_over(ctx, self, "request_data_export")
            return
        spoken_of = ctx.tracker.slots.get("order_id")
        just_shown = (ctx.slot("task_result") or {}).get("task") == "check_invoice"
        shows_it = self.name == CheckInvoice.name and last_action(ctx, _SENT)
        for_it = just_shown or name_told(ctx.text) is not None or shows_it
        means_it = _THAT.search(ctx.text) or (for_it and not _ANOTHER.search(ctx.text))
        if ctx.slot("invoice_id") is not None or ctx.refused_value:
            return
        lately = told_lately(ctx, "invoice_id") if ctx.customer_id else None
        if isinstance(lately, dict) and "ids" in lately and _THEM.search(ctx.text):
            ctx.set("invoice_id", lately)  # "send them to me" after they were listed
            return
        known = await latest_invoices(ctx)
        named = invoice_with(known, ctx.text) or invoice_with(known, told_before(ctx))
        if one_before(ctx.text) and spoken_of:
            named = older_than(known, str(spoken_of)) or named
        if named is not None:
            ctx.set("invoice_id", named.id)
        elif spoken_of and means_it:
            ctx.set("invoice_id", str(spoken_of))

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask which one only if there are several."""
        if ctx.slot("invoice_id") is not None:
            checked = await self.slots["invoice_id"].check(ctx, ctx.slot("invoice_id"))
            ctx.set("invoice_id", checked.value if isinstance(checked, Filled) else None)
            if isinstance(checked, Invalid):
                ctx.say(checked.response, **checked.values)
            return ["invoice_id"]
        if ctx.refused_value:
            return ["invoice_id"]
        known = await ctx.services.orders.invoices(str(ctx.customer_id))
        if not known:
            ctx.say("utter_no_invoices")
            self.finish(ctx, "impossible")
        elif len(known) == 1:
            ctx.set("invoice_id", known[0].id)
        return ["invoice_id"]


class CheckInvoice(_InvoiceTask):
    """Shows what is on an invoice."""

    name = "check_invoice"
    title = "looking at an invoice"

    async def perform(self, ctx: TurnContext) -> None:
        """Show its lines and sums."""
        if isinstance(ctx.slot("invoice_id"), dict):
            await self._show_several(ctx, ctx.slot("invoice_id")["ids"])
            return
        invoice = await find_invoice(ctx, ctx.slot("invoice_id"))
        ctx.set("order_id", invoice.order_id)
        if await note_name(ctx, invoice.id):
            return
        said = "utter_invoice" if invoice.state == "issued" else "utter_invoice_void"
        ctx.say(
            said,
            cards=[invoice_card(invoice, [mail_button(invoice.id)])],
            state=invoice.state,
            **invoice_values(invoice),
        )

    @staticmethod
    async def _show_several(ctx: TurnContext, ids: list[str]) -> None:
        found = [await find_invoice(ctx, each) for each in ids]
        cards = [invoice_card(each, [mail_button(each.id)]) for each in found[:_SHOWN]]
        listed = invoices_listed(found[:_SHOWN])
        ctx.offer(
            "get_invoice_form",
            {
                "resuming": {
                    "task": "get_invoice",
                    "values": {"invoice_id": {"ids": ids}},
                    "quiet": True,
                }
            },
        )
        ctx.say("utter_invoices", cards=cards, count=str(len(found)), list=listed)


class GetInvoice(_InvoiceTask):
    """Sends an invoice by e-mail and shows it where cards can be seen."""

    name = "get_invoice"
    title = "sending an invoice"

    async def perform(self, ctx: TurnContext) -> None:
        """Send the documents to the customer's own address."""
        meant = ctx.slot("invoice_id")
        several = isinstance(meant, dict)
        found = [await find_invoice(ctx, each) for each in (meant["ids"] if several else [meant])]
        ctx.set("order_id", found[0].order_id)
        sent = [await self._send(ctx, each) for each in found]
        if several and all(sent):
            where = mask_address(str(sent[0]))
            listed = invoices_listed(found)
            ctx.say("utter_invoices_sent", count=str(len(found)), list=listed, email=where)
        other = ctx.entity("email")
        if other and any(sent) and str(sent[0]).casefold() != str(other).casefold():
            ctx.say("utter_invoice_own_address_only")

    @staticmethod
    async def _send(ctx: TurnContext, invoice: Invoice) -> str | None:
        """Send one invoice and return where; where it is the only one, or cannot be sent, it is shown."""
        if await note_name(ctx, invoice.id):
            return None
        document = ctx.services.orders.invoice_document(invoice)

        def copy(shop: str, name: str | None) -> Content:
            return templates.invoice_copy(
                shop, name, invoice_id=invoice.id, order_id=invoice.order_id, document=document
            )

        address = await mail_customer(ctx, f"invoice:{invoice.id}", copy)
        if address and isinstance(ctx.slot("invoice_id"), dict):
            return address
        cards = [] if ctx.channel in ("voice", "sms") else [invoice_card(invoice)]
        ctx.say(
            "utter_invoice_sent" if address else "utter_invoice_here",
            cards=cards,
            email=mask_address(address) if address else "",
            document=document,
            **invoice_values(invoice),
        )
        return address


class AskInvoice(CloserAction):
    """Asks which invoice, offering the latest."""

    action_name = "action_ask_invoice_id"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer up to four invoices as quick replies."""
        known = await latest_invoices(ctx)
        buttons = [
            {
                "title": f"{invoice.id} · order {invoice.order_id} · {invoice.total}",
                "payload": f'/inform{{"invoice_id":"{invoice.id}"}}',
            }
            for invoice in known[:OFFERED]
        ]
        ctx.say("utter_ask_which_invoice", buttons=buttons)
        return []
