"""One part of a message: which task it asks for, and what it holds."""

from __future__ import annotations

import re
from typing import Any

from actions.address_text import names_address
from actions.call_words import asks_for_call
from actions.intents import TASK_OF_INTENT
from actions.refusing import refuses
from actions.talk import calls_off
from closer.customers.records import ACCOUNT_TYPES

#: From here on a clause is taken for a wish of its own.
SURE = 0.8
#: Enough where an order's number is asked about, or goods are called off.
LIKELY = 0.5
#: Enough where a part says itself that something is wished for.
_PLAIN = 0.6
_ASKS_FOR = re.compile(
    r"\W*(?:(?:and|also|then|so|but|instead|now|next|oh|hi|hello|finally|besides)\W+)*(?:please|pls|(?:can|could|would|will) you|i(?:'?d| would) (?:also |then |rather )?like to|i (?:also |then )?want to)\b",
    re.IGNORECASE,
)
ADDRESS_TASKS = ("change_shipping_address", "set_up_shipping_address")
#: "A gold account" is one or the other, and surely a wish.
_TIER_ALONE = re.compile(
    rf"\W*(?:(?:also|to|have|get|an?|the|with)\s+)*(?:{'|'.join(ACCOUNT_TYPES)}) (?:account|plan|tier|membership)(?: (?:please|pls|too|as well))*\W*",
    re.IGNORECASE,
)
_OF_TIERS = ("create_account", "switch_account")
PERSON_WANTED = "contact_human_agent"
_COMPLAINT = re.compile(
    r"\b(make|file|lodge|raise|register|submit|put in|open|have|want)\b.*\bcomplain\w*|\bto complain\b",
    re.IGNORECASE,
)


def task_of_clause(clause: dict[str, Any], sure: float = SURE) -> str | None:
    """Return the task that a clause surely asks for; when a certain order arrives is for tracking, an address sends it there."""
    name, confidence = str(clause["intent"]["name"]), float(clause["intent"]["confidence"])
    addressed = name in ADDRESS_TASKS and names_address(str(clause["text"]))
    if calls_off(str(clause["text"]), goods=bool(goods_in(clause))):
        return "cancel_order"
    if refuses(TASK_OF_INTENT.get(name, ""), str(clause["text"])):
        return None
    if name in ("delivery_period", "track_order") and numbers_in(clause) and confidence >= LIKELY:
        return "track_order"
    cancels = name == "cancel_order" and "cancel" in str(clause["text"]).lower()
    called_off = cancels and confidence >= LIKELY and goods_in(clause)
    plain = confidence >= _PLAIN and _ASKS_FOR.match(str(clause["text"])) is not None
    tier = _TIER_ALONE.fullmatch(str(clause["text"]))
    tiered = tier or (
        name in _OF_TIERS and confidence >= LIKELY and "account_type" in kinds_in(clause)
    )
    if confidence < sure and not (addressed or called_off or plain or tiered):
        return None
    if name == PERSON_WANTED and asks_for_call(str(clause["text"])):
        return "book_appointment"
    return "switch_account" if tier else TASK_OF_INTENT.get(name)


def complains(clause: dict[str, Any]) -> bool:
    """Whether a complaint is wished for by name, not only told."""
    return _COMPLAINT.search(str(clause["text"])) is not None


def is_detail(clause: dict[str, Any]) -> bool:
    """Whether a clause holds a detail of a person."""
    return any(item["entity"] in ("email", "phone", "person_name") for item in clause["entities"])


def kinds_in(clause: dict[str, Any]) -> set[str]:
    """Return the kinds of values that a clause holds."""
    return {str(item["entity"]) for item in clause["entities"]}


def goods_in(clause: dict[str, Any]) -> set[str]:
    """Return the goods that a clause names."""
    return {str(i["value"]).lower() for i in clause["entities"] if i["entity"] == "product"}


def numbers_in(clause: dict[str, Any]) -> list[str]:
    """Return the numbers of orders and invoices that a clause names."""
    return [
        str(item["value"])
        for item in clause["entities"]
        if item["entity"] in ("order_id", "invoice_id")
    ]
