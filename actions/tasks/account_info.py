"""What the customer has on file: name, addresses, type of account, customer number; told to its proven owner alone."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.after_task import removal_named
from actions.compliance import day
from actions.context import TurnContext
from actions.ended import ended_lately
from actions.forms import Task
from actions.tasks.account_slots import language_name
from actions.waiting import begin_with, hand_over
from closer.customers.records import Customer
from closer.customers.tiers import tier

#: What is asked for, by the words that say so.
_ASKED = {
    "number": r"(customer|client|member(ship)?|account|cust\w*) ?(number|no\.?|nr|numbr|id)",
    "newsletter": r"newsletter|subscribed",
    "email": r"(e-?mail|mail)( ad+ress(es)?)?|mailbox",
    "phone": r"phone|mobile|cell|telephone|fone|number",
    "tier": r"tier|plan|level|type|typ|kind|membership|member|gold|standard|premium|platinum|freemium|pro|free",
    "name": r"(sur|first|last|full)?name|called|call me|who (am i|i am)",
    "address": r"address(es)?|adress|ship|deliver\w*|live",
    "language": r"language",
    "since": r"since|how long|when",
    "interests": r"interests?|preferences?",
}


_CHANGES = re.compile(r"\b(?:change|update|switch|make|set|replace|use|put)\b", re.IGNORECASE)


def detail_follow_up(ctx: TurnContext) -> list[EventType] | None:
    """Change the detail that was just told: "change it to 503 555 0199"."""
    told = ended_lately(ctx) == "account_info" and not ctx.active_form
    named = ctx.entity("phone", "email") is not None and _CHANGES.search(ctx.text)
    return begin_with(ctx, "edit_account") if told and named else None


class AccountInfo(Task):
    """Tells what is stored about the account."""

    name = "account_info"
    title = "what we have on file for you"
    slots = {}
    ticket_category = "account"

    async def begin(self, ctx: TurnContext) -> None:
        """Keep the question: the proof of identity may come in between; "my account" may be what is to be removed."""
        if task := removal_named(ctx):
            hand_over(ctx, self, task)
            return
        ctx.set("task_data", {"said": ctx.text})

    async def perform(self, ctx: TurnContext) -> None:
        """Answer it; a question about nothing in particular gets the main details."""
        said = re.sub(r"\S+@\S+", " ", str((ctx.slot("task_data") or {}).get("said") or "").lower())
        customer = await ctx.services.customers.get(str(ctx.customer_id))
        told = False
        for what, words in _ASKED.items():
            if re.search(rf"\b(?:{words})\b", said):
                said = re.sub(rf"\b(?:{words})\b", " ", said)
                await self._tell(ctx, customer, what)
                told = True
        if not told:
            self._tell_all(ctx, customer)

    async def _tell(self, ctx: TurnContext, customer: Customer, what: str) -> None:
        if what == "newsletter":
            ctx.say(f"utter_info_newsletter_{'on' if customer.newsletter else 'off'}")
            return
        if what == "tier":
            own = tier(customer.account_type)
            ctx.say("utter_info_tier", tier=own.name, price=own.price, benefits=own.benefits)
            return
        value = await _value(ctx, customer, what)
        if value:
            ctx.say(f"utter_info_{what}", value=value)
        else:
            fields = {
                "phone": "phone number",
                "email": "e-mail address",
                "address": "delivery address",
            }
            ctx.say("utter_info_nothing", field=fields.get(what, what))

    @staticmethod
    def _tell_all(ctx: TurnContext, customer: Customer) -> None:
        ctx.say(
            "utter_info_all",
            name=customer.name,
            email=customer.email or "no e-mail address",
            phone=customer.phone or "no phone number",
            tier=customer.account_type,
            since=day(customer.created_at),
        )


async def _value(ctx: TurnContext, customer: Customer, what: str) -> str | None:
    if what == "address":
        homes = await ctx.services.customers.addresses(customer.id)
        return homes[0].one_line if homes else None
    if what == "interests":
        return ", ".join(customer.preferences.get("categories") or []) or None
    values = {
        "number": customer.id,
        "email": customer.email,
        "phone": customer.phone,
        "name": customer.name,
        "language": language_name(customer.locale),
        "since": day(customer.created_at),
    }
    return values[what]
