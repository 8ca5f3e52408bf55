"""Changing name, e-mail address, phone, language and interests, and taking the phone out; a new address counts once a code proved it."""

from __future__ import annotations

from typing import Any

from actions.after_task import letters_go_elsewhere
from actions.afterwards import remember_change
from actions.context import TurnContext
from actions.forms import Task
from actions.invoice_names import answer_other_name, is_for_invoice
from actions.name_parts import is_another, with_part
from actions.slot_types import ConfirmSlot, Filled
from actions.tasks.account_slots import ELSEWHERE, FieldSlot, NewValueSlot, details_told
from actions.tasks.accounts import tell_owner
from actions.tasks.detail_removal import (
    NO_ADDRESS,
    NO_EMAIL,
    address_meant,
    confirm_address_removal,
    keep_email,
    remove_address,
)
from actions.tasks.phone_removal import NO_PHONE, confirm_removal, remove_phone
from actions.tasks.proof import AddressCodeSlot, code_needed
from actions.waiting import hand_over, queue_values
from closer.customers.records import Customer
from closer.notifications import account_templates

_WORDS = {
    "email": "e-mail address",
    "phone": "phone number",
    "name": "name",
    "first_name": "first name",
    "last_name": "last name",
    "language": "language",
    "interests": "interests",
}


_NAMES = ("name", "first_name", "last_name")


class EditAccount(Task):
    """Changes one field of the account."""

    name = "edit_account"
    title = "changing your details"
    slots = {
        "account_field": FieldSlot(),
        "new_value": NewValueSlot(),
        "contact_code": AddressCodeSlot(),
        "confirmed": ConfirmSlot("delete|remove|erase|clear"),
    }
    ticket_category = "account"

    async def begin(self, ctx: TurnContext) -> None:
        """Take several details one after another: "my name is Maya Hill now, and my phone 202 555 0177"."""
        ctx.set("task_data", {"said": ctx.text})
        if answer_other_name(ctx):
            self.finish(ctx, "answered")
            return
        if letters_go_elsewhere(ctx):
            hand_over(ctx, self, "newsletter_subscription", newsletter_choice="subscribe")
            return
        if is_for_invoice(ctx.text):
            hand_over(ctx, self, "get_invoice")
            return
        checked = [await self.slots["new_value"].check(ctx, told) for told in details_told(ctx)]
        told = [outcome.value for outcome in checked if isinstance(outcome, Filled)]
        if len(told) < 2:
            return
        first = told[0]
        ctx.fresh.update({"account_field": first["field"], "new_value": first})
        for detail in reversed(told[1:]):
            queue_values(ctx, self.name, {"account_field": detail["field"], "new_value": detail})

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask for the value of the field; prove a new address, confirm a new name."""
        field = ctx.slot("account_field")
        if field == "address":
            hand_over(ctx, self, "change_shipping_address", address_target="file")
            return []
        if field in ELSEWHERE:
            ctx.offer(ELSEWHERE[field])
            ctx.say(f"utter_edit_{field}_elsewhere")
            self.finish(ctx, "answered")
            return []
        if field in (NO_PHONE, NO_EMAIL, NO_ADDRESS):
            return await self._removal(ctx, field)
        given = ctx.slot("new_value")
        if given and given["field"] != field:
            given = None
            ctx.set("new_value", None)
        if given is None:
            ctx.set("task_summary", _WORDS.get(field or "", ""))
            return ["account_field", "new_value"]
        return await self._proof(ctx, field, given["value"])

    async def _removal(self, ctx: TurnContext, field: str) -> list[str]:
        """Ask for the yes; the address was perhaps named before it was proven whose it is."""
        if field == NO_EMAIL:
            return keep_email(self, ctx)
        if field == NO_PHONE:
            return await confirm_removal(self, ctx)
        data = ctx.slot("task_data") or {}
        if ctx.slot("new_value") is None:
            found = await address_meant(ctx, str(data.get("said") or ""), None)
            if found is not None:
                ctx.set("new_value", {"field": NO_ADDRESS, "value": found.id})
        return await confirm_address_removal(self, ctx)

    async def _proof(self, ctx: TurnContext, field: str, value: Any) -> list[str]:
        customer = await ctx.services.customers.get(str(ctx.customer_id))
        if value == _present(customer, field):
            ctx.say("utter_same_value", field=_WORDS[field])
            self.finish(ctx, "answered")
            return []
        if field == "email":
            taken = await _is_taken(ctx, value)
            fresh = (ctx.slot("task_data") or {}).get("address") != value
            needed = await code_needed(self, ctx, value, "email", deliver=not taken)
            if taken and fresh:
                await tell_owner(ctx, value)
            return needed
        if field == "phone":
            return await code_needed(self, ctx, value, "sms")
        if field in _NAMES:
            ctx.set(
                "task_summary",
                f"change your name from {customer.name} to {_whole_name(customer, field, value)}",
            )
            return ["confirmed"]
        return []

    async def perform(self, ctx: TurnContext) -> None:
        """Change it; a new e-mail address is also the one to sign in with, and the old one is told."""
        services, by = ctx.services, f"msg:{ctx.message_id}"
        old = await services.customers.get(str(ctx.customer_id))
        if ctx.slot("account_field") == NO_PHONE:
            await remove_phone(ctx, old)
            await _tell_old_address(ctx, old, _WORDS["phone"])
            return
        if ctx.slot("account_field") == NO_ADDRESS:
            await remove_address(ctx)
            return
        field, value = ctx.slot("account_field"), ctx.slot("new_value")["value"]
        before = _present(old, field)
        if field in _NAMES:
            field, value, before = "name", _whole_name(old, field, value), old.name
        if field == "interests":
            await services.customers.update_preferences(old.id, {"categories": value}, by=by)
        else:
            column = {"language": "locale"}.get(field, field)
            await services.customers.update(old.id, by=by, **{column: value})
        if field == "email":
            account = await services.accounts.find_by_customer(old.id)
            if account is not None:
                await services.accounts.change_email(account.account_id, value)
        if field in ("email", "phone"):
            await _tell_old_address(ctx, old, _WORDS[field])
        ctx.say(
            "utter_detail_changed",
            field=_WORDS[field],
            value=self.slots["new_value"].spoken({"field": field, "value": value}),
        )
        back = {"account_field": field, "new_value": {"field": field, "value": before}}
        remember_change(ctx, self.name, back if before else None, now=value)


def _whole_name(customer: Customer, field: str, given: str) -> str:
    """Return the name with the part that changes; who tells a whole name for a part of it means the whole."""
    first, *rest = customer.name.split()
    if field == "name" and len(given.split()) == 1:  # "it's Jon, not John": the surname stays
        part = "first name" if is_another(customer.name, given) else ""
        return with_part(customer.name, given, part)
    if field == "name" or given.split(maxsplit=1)[0].lower() == first.lower():
        return given
    if field == "first_name":
        return " ".join([given, *(rest if len(given.split()) == 1 else [])])
    return " ".join([*([first, *rest][:-1] or [first]), given])


def _present(customer: Customer, field: str) -> Any:
    if field in ("first_name", "last_name"):
        return None
    if field == "interests":
        return customer.preferences.get("categories")
    return getattr(customer, {"language": "locale"}.get(field, field))


async def _is_taken(ctx: TurnContext, email: str) -> bool:
    services = ctx.services
    if await services.customers.find_by_email(email) is not None:
        return True
    return await services.accounts.find_by_email(email) is not None


async def _tell_old_address(ctx: TurnContext, old: Customer, what: str) -> None:
    if old.email:
        await ctx.services.notifications.enqueue(
            account_templates.contact_changed(
                ctx.services.settings.shop_name, old.first_name, what=what
            ),
            channel="email",
            address=old.email,
            customer_id=old.id,
            idempotency_key=ctx.key("changed", old.id),
        )
