"""Taking the phone number out of the account: it is forgotten, and so is what was allowed on it."""

from __future__ import annotations

import re

from actions.context import TurnContext
from actions.forms import Task
from closer.customers.records import Customer

#: The field of the account that stands for it.
NO_PHONE = "no_phone"
_NUMBER = (
    r"(?:(?:my|our|the|this|that|any|saved|stored|old)\s+)+(?:(?:cell|mobile|tele|contact|home|work)?\s?(?:phone|mobile|cell|tel|telephone|fone)?\s?(?:n[umber]{3,6}|nr|num|no\.)s?"
    r"|(?:cell|mobile|tele)?\s?(?:phone|mobile|cell|telephone|fone)\b.{0,12}\b(?:from|off|out of|in|on)\s+(?:my|the|your|our)\s+(?:account|profile|file|files|records?|details|database|system))\b"
)
#: The verbs of taking something out.
REMOVES = r"delete|deleting|remove|removing|erase|erasing|clear|drop|get rid of|wipe|forget|scrub|unlink|take (?:out|off|away)|take"
_REMOVES = re.compile(
    rf"\b(?:{REMOVES})\s+(?:also |just |only )?{_NUMBER}"
    rf"|\b(?:do ?n'?t|do not|no longer|never|stop|should ?n'?t)\s+(?:want|need|wish|like)?\s?(?:you |to |u |have )*(?:keep|keeping|store|storing|have|having|save|saving|hold)\s+{_NUMBER}"
    rf"|{_NUMBER}\s+(?:deleted|removed|erased|taken (?:out|off)|forgotten|gone)\b",
    re.IGNORECASE,
)
_RATHER = re.compile(
    r"\b(?:order|tracking|card|invoice|ticket|account|customer|house) (?:number|nr|no)|\b(?:instead|replace|chang\w*|update|new|swap|add|lists?|cart|basket|newsletter|calls?|calling)\b",
    re.IGNORECASE,
)
#: Ways to be reached that need a phone number.
_BY_PHONE = ("sms", "voice", "whatsapp")


def removes_phone(text: str) -> bool:
    """Say whether a text wants the phone number taken out of the account."""
    return _REMOVES.search(text) is not None and _RATHER.search(text) is None


async def confirm_removal(task: Task, ctx: TurnContext) -> list[str]:
    """Ask for the yes, if there is a number at all."""
    customer = await ctx.services.customers.get(str(ctx.customer_id))
    further = await ctx.services.addresses.of(customer.id)
    known = [item.address for item in further if item.kind == "phone"]
    if not known:
        ctx.say("utter_no_phone_on_file")
        task.finish(ctx, "answered")
        return []
    which = f"number ending in {known[0][-2:]}" if len(known) == 1 else f"{len(known)} numbers"
    ctx.set("task_summary", f"remove your phone {which} from your account")
    return ["confirmed"]


async def remove_phone(ctx: TurnContext, customer: Customer) -> None:
    """Forget every number of a customer, and what was allowed on them."""
    services, by = ctx.services, f"msg:{ctx.message_id}"
    await services.customers.update(customer.id, phone=None, by=by)
    await services.addresses.unlink(customer.id, "phone", by=by)
    if (await services.compliance.consents(customer.id))["marketing_sms"]:
        await services.compliance.set_consent(customer.id, "marketing_sms", False, source=by)
    if customer.preferences.get("channel") in _BY_PHONE:
        await services.customers.update_preferences(customer.id, {"channel": None}, by=by)
    ctx.say("utter_phone_removed")
