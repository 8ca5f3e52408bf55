"""Taking a saved address out of the account after a yes; the e-mail address stays, since it is what one signs in with."""

from __future__ import annotations

import re

from actions.address_slots import label_in
from actions.context import TurnContext
from actions.forms import Task
from actions.tasks.phone_removal import REMOVES
from closer.customers.records import Address

#: The fields of the account that stand for a removal.
NO_ADDRESS, NO_EMAIL = "no_address", "no_email"
_WHOSE = r"(?:(?:my|our|the|this|that|any|an?|one of my|all)\s+)"
_ADDRESS = rf"(?:{_WHOSE}?(?:(?!e-?mail|mail|ip|web)[\w'’-]+\s+){{0,3}}?ad+res+e?s?(?:es)?\b)"
_EMAIL = rf"(?:{_WHOSE}(?:\w+\s+)?(?:e-?mail|mail)(?:\s?ad+res+e?s?)?\b(?! (?:subscription|list|notif\w*|alerts?)))"
_REMOVES_ADDRESS = re.compile(
    rf"\b(?:{REMOVES})\s+(?:also |just |only )?{_ADDRESS}|{_ADDRESS}.{{0,40}}\b(?:deleted|removed|erased)\b",
    re.IGNORECASE,
)
_REMOVES_EMAIL = re.compile(rf"\b(?:{REMOVES})\s+(?:also |just |only )?{_EMAIL}", re.IGNORECASE)
_RATHER = re.compile(
    r"\b(?:instead|replac\w*|chang\w*|update|new|swap|add|newsletters?|lists?|orders?|parcel|cart|basket|everything|account and)\b",
    re.IGNORECASE,
)
_OTHER = re.compile(r"\bother\b", re.IGNORECASE)


def removal_in(text: str) -> str | None:
    """Return the field that stands for what a text wants taken out of the account: a saved address, the e-mail address."""
    if _RATHER.search(text):
        return None
    if _REMOVES_EMAIL.search(text):
        return NO_EMAIL
    return NO_ADDRESS if _REMOVES_ADDRESS.search(text) else None


def keep_email(task: Task, ctx: TurnContext) -> list[str]:
    """Say why the e-mail address cannot be taken out, and what can be done instead."""
    ctx.say("utter_email_stays")
    task.finish(ctx, "answered")
    return []


async def address_meant(ctx: TurnContext, words: str, before: str | None) -> Address | None:
    """Return the saved address that words mean: by label, town or street; else one that is not the main one.

    Args:
        ctx: The turn.
        words: What was said.
        before: The id of the address that was to be removed so far.
    """
    stored = await ctx.services.customers.addresses(str(ctx.customer_id))
    text = words.casefold()
    named = [
        one
        for one in stored
        if any(
            part and re.search(rf"\b{re.escape(part.casefold())}\b", text)
            for part in (one.label, one.city, _street_name(one), one.postcode)
        )
    ]
    if _OTHER.search(words) and before:
        named = [one for one in stored if one.id != before]
    if len(named) == 1 or not stored:
        return named[0] if named else None
    if not named and label_in(words) is not None:
        return None  # "my work address" of somebody who has saved none
    known = next((one for one in stored if one.id == before), None)
    return known or min(named or stored, key=lambda one: one.is_default)


async def confirm_address_removal(task: Task, ctx: TurnContext) -> list[str]:
    """Ask for the yes to the address that was named, if there is one at all."""
    given = ctx.slot("new_value") or {}
    stored = await ctx.services.customers.addresses(str(ctx.customer_id))
    gone = next((one for one in stored if one.id == given.get("value")), None)
    if gone is None and stored:
        known = "; ".join(f"{one.label}: {one.one_line}" for one in stored)
        ctx.say("utter_other_addresses_saved", known=known)
        task.finish(ctx, "answered")
        return []
    if gone is None:
        ctx.say("utter_no_address_to_remove")
        task.finish(ctx, "answered")
        return []
    ctx.set("task_summary", f"remove {gone.one_line} from your saved addresses")
    return ["confirmed"]


async def remove_address(ctx: TurnContext) -> None:
    """Forget the address; what is under way keeps its own."""
    customer_id, by = str(ctx.customer_id), f"msg:{ctx.message_id}"
    address = await ctx.services.customers.address(customer_id, ctx.slot("new_value")["value"])
    await ctx.services.customers.remove_address(customer_id, address.id, by=by)
    ctx.say("utter_address_removed", address=address.one_line)


def _street_name(address: Address) -> str:
    """Return a street without its number."""
    return re.sub(r"^\d+\w?\s+|\s+\d+\w?$", "", address.street)
