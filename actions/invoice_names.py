"""The wish for another name on an invoice: it is no change of the account, and a person has to see to it."""

from __future__ import annotations

import re

from actions.context import TurnContext
from actions.meanings import PERSON

_INVOICE = re.compile(r"\b(?:invoices?|bills?|receipts?)\b", re.IGNORECASE)
_OTHER_NAME = re.compile(
    r"\b(?:company|firm|business|organi[sz]ation|employer)(?:'?s)?\s+(?:name|details|address|data)\b"
    r"|\b(?:vat|tax)[ -]?(?:id|no\.?|number)\b"
    r"|\b(?:put|add|write|change|correct|include|need|want|get)\b.{0,40}\b(?:company|firm|business|names?)\b.{0,30}\b(?:invoices?|bills?|receipts?)\b"
    r"|\b(?:invoices?|bills?|receipts?)\b.{0,30}\b(?:in|under|to|on|made out to|with|for)\b.{0,20}\b(?:name|company|firm|business)\b",
    re.IGNORECASE,
)


def answer_other_name(ctx: TurnContext) -> bool:
    """Answer the wish for a company or another name on an invoice, if the message has it; say whether it did."""
    if not (_INVOICE.search(ctx.text) and _OTHER_NAME.search(ctx.text)):
        return False
    ctx.say("utter_invoice_name_by_person", buttons=[PERSON])
    ctx.offer("action_handoff")
    return True
