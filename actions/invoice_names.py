"""Another name on an invoice: it is no change of the account, it is kept, and a person sees to it."""

from __future__ import annotations

import re
from typing import Any

from actions.context import TurnContext
from actions.mail import open_ticket
from actions.meanings import PERSON
from actions.slot_types import Answer, SlotType

_INVOICE = re.compile(r"\b(?:invoices?|bills?|receipts?)\b", re.IGNORECASE)
_OTHER_NAME = re.compile(
    r"\b(?:company|firm|business|organi[sz]ation|employer)(?:'?s)?\s+(?:name|details|address|data)\b"
    r"|\bname\b.{0,15}\b(?:on|in)\b.{0,20}\b(?:invoices?|bills?|receipts?)\b.{0,15}\b(?:wrong|incorrect|misspel\w*|typo|mistake|not mine)\b"
    r"|\b(?:vat|tax)[ -]?(?:id|no\.?|number)\b"
    r"|\b(?:put|add|write|change|correct|include|need|want|get)\b.{0,40}\b(?:company|firm|business|names?)\b.{0,30}\b(?:invoices?|bills?|receipts?)\b"
    r"|\b(?:invoices?|bills?|receipts?)\b.{0,30}\b(?:in|under|to|on|made out to|with|for)\b.{0,20}\b(?:name|company|firm|business)\b",
    re.IGNORECASE,
)
_LEGAL = r"(?:ltd|limited|llc|llp|inc|incorporated|gmbh|ag|plc|corp|corporation|s\.?a\.?r?\.?l?|b\.?v|ab|oy|kg|ug|e\.?k|pty|s\.?r\.?l|co)"
_SAID = r"[\"'“‘]?(?P<name>[^\"'”’,;?!\n]{2,80})"
_NAMES = (
    re.compile(rf"\bmade? (?:it |this |that |them )?out (?:to|for|in the name of) {_SAID}", re.IGNORECASE),
    re.compile(rf"\b(?:issued?|addressed?|billed|invoiced?|written) (?:it |this |that )?(?:out )?to {_SAID}", re.IGNORECASE),
    re.compile(rf"\b(?:company|firm|business|employer)(?:'?s)?(?: name)?(?: is| should be| it'?s| called)?[:,]? (?=[\"'“A-Z]){_SAID}"),
    re.compile(rf"\b(?:company|firm|business|employer)(?:'?s)? name(?: is| should be|:) {_SAID}", re.IGNORECASE),
    re.compile(rf"\b(?:in|under|with|on) the name (?:of )?{_SAID}", re.IGNORECASE),
    re.compile(rf"(?P<name>\b(?:[A-Z0-9&][\w&.'-]* ){{1,4}}(?i:{_LEGAL})\b\.?)"),
    re.compile(rf"\b(?:for|to|name|on|is|say|says|read) (?P<name>(?:[\w&.'-]+ ){{1,3}}{_LEGAL}\b\.?)", re.IGNORECASE),
)  # fmt: skip
_AFTER_NAME = re.compile(
    r"\s*\b(?:please|pls|plz|instead|thanks?|thx|on (?:it|the invoice|my invoice|the bill)|and (?:not|send|the)|not (?:me|my|to)|for (?:my|the|order)|as (?:the )?)\b.*$",
    re.IGNORECASE,
)
#: Says whose name it is and not which.
_NO_NAME = re.compile(
    r"(?:my|our|the|a|an|his|her|their|another|some|me|us|myself|him|it)\b", re.IGNORECASE
)


def name_told(text: str) -> str | None:
    """Return the name that an invoice is to be made out to, if words tell it."""
    for pattern in _NAMES:
        if found := pattern.search(text):
            name = _AFTER_NAME.sub("", found["name"]).strip(" .\"'“”‘’")
            if len(name) > 1 and not _NO_NAME.match(name):
                return name
    return None


class InvoiceNameSlot(SlotType):
    """Whom the invoice is to be made out to, if not the account's holder."""

    insists = True

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return the name."""
        return name_told(ctx.text)


async def note_name(ctx: TurnContext, invoice_id: str) -> bool:
    """Have a colleague make an invoice out to the name that was told; say whether one was."""
    name = ctx.slot("invoice_name")
    if name is None:
        return False
    opened = await open_ticket(
        ctx,
        subject=f"Invoice {invoice_id} in another name: {name}",
        category="invoice",
        facts=[f"To be made out to: {name}", f"Invoice: {invoice_id}"],
    )
    ctx.say(
        "utter_invoice_name_kept",
        name=name,
        invoice_id=invoice_id,
        ticket_id=opened.ticket.id,
        date=opened.day,
    )
    return True


def answer_other_name(ctx: TurnContext) -> bool:
    """Answer the wish for another name on an invoice that is not told, if the message has it; say whether it did."""
    if name_told(ctx.text) is not None:
        return False
    if not (_INVOICE.search(ctx.text) and _OTHER_NAME.search(ctx.text)):
        return False
    ctx.say("utter_invoice_name_by_person", buttons=[PERSON])
    ctx.offer("action_handoff")
    return True


def is_for_invoice(text: str) -> bool:
    """Say whether words tell a name for an invoice, not one of the account."""
    return _INVOICE.search(text) is not None and name_told(text) is not None
