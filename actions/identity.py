"""Proof of identity in the conversation: an address, then a one-time code sent to it.

Whether an address is known is never told: the answer is the same, and only the right code opens anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from actions.closed_accounts import holder_of
from actions.code_slots import SentCodeSlot, say_wait
from actions.context import TurnContext
from actions.mailbox_slot import EmailSlot
from actions.no_account import offer_account, says_no_account
from actions.slot_types import Answer, Filled, Invalid
from closer.conversations.values import normalise_email, normalise_phone
from closer.customers.records import Customer
from closer.kit.errors import InvalidInput, TooManyRequests
from closer.security.verification_records import CheckResult

PURPOSE = "chat_identity"

#: "my number is 202 555 0123".
_PHONE = re.compile(
    r"(?:(?:my|the) )?(?:(?:cell ?|mobile ?)?(?:phone|number|cell|mobile)(?: number)?(?: is|:)?|it'?s|its)?\s*(?P<number>\+?\d[\d\s().-]{6,}\d)",
    re.IGNORECASE,
)
#: "i only have my phone": said of a number that is still to come.
_BY_PHONE = re.compile(
    r"\b(?:only|just|no|not|don'?t|can'?t|forgot|lost|instead|can i|could i|by|with)\b.*\b(?:phone|mobile|cell|number|sms|text)\b",
    re.IGNORECASE,
)
_NO_NUMBER = "phone"
_NO_ACCOUNT = "no account"
#: What a guest may ask for as well, by the address that was ordered with: tasks about these.
_OF_GUESTS = ("order_id", "invoice_id")
#: "it's Mara", "Mara Lindqvist here".
_NAME = re.compile(
    r"(?:(?:it'?s|i'?m|i am|it is|this is|my name is|here is)\s+)?"
    r"(?P<name>[^\W\d_][\w'-]+(?: [^\W\d_][\w'-]+){0,2}?)(?:\s+(?:here|speaking))?[.!]?",
    re.IGNORECASE,
)


class IdentityEmailSlot(EmailSlot):
    """The address of the account, by mail or phone; a code is sent to it."""

    correctable = False

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return the address, or a phone number; on a shared phone or mailbox also the name of who is there."""
        found = super().read(ctx, answer)
        if found is not None or not answer.asked:
            return found
        if says_no_account(ctx):
            return _NO_ACCOUNT
        if phone := _PHONE.fullmatch(ctx.text.strip(" .!")):
            return phone["number"]
        if (phone := ctx.entity("phone")) is not None:
            return phone
        named = _NAME.fullmatch(ctx.text.strip()) if ctx.household else None
        if named or not _BY_PHONE.search(ctx.text):
            return named.group("name") if named else None
        return _NO_NUMBER

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Send a code to a well-formed address or number if it is a customer's."""
        if value == _NO_ACCOUNT:
            return _as_guest(ctx)
        if value == _NO_NUMBER:
            ctx.say("utter_invalid_identity_email")
            return Filled(None)
        if "@" not in str(value) and (named := await _mailbox_of(ctx, str(value))):
            value = named
        region = ctx.services.settings.default_region
        phone = None if "@" in str(value) else normalise_phone(str(value), region)
        outcome = Filled(phone) if phone else await super().check(ctx, value)
        if not isinstance(outcome, Filled):
            return outcome
        address = str(outcome.value)
        await _refuse_anothers(ctx, address)
        await _send_or_wait(ctx, address)
        return outcome


class IdentityCodeSlot(SentCodeSlot):
    """The code; the right one proves who writes."""

    async def send(self, ctx: TurnContext) -> None:
        """Send another code to the address that was given."""
        await send_code(ctx, str(ctx.slot("identity_email")))

    def awaited(self, ctx: TurnContext) -> bool:
        """Say whether a code was sent to the address that was given."""
        return step_of_proof(ctx) == "identity_code"

    async def judge(self, ctx: TurnContext, code: str) -> CheckResult:
        """Check the code that was sent to the address, in this conversation or just before in another one."""
        if challenge := (ctx.slot("identity_challenge") or {}).get("challenge"):
            return await ctx.services.verification.check(code, challenge_id=challenge)
        return await ctx.services.verification.check(
            code, conversation_id=ctx.conversation_id, purpose=PURPOSE
        )

    async def proven(self, ctx: TurnContext, result: CheckResult) -> Filled | Invalid:
        """Remember whose identity is proven."""
        proven = result.challenge.customer_id if result.challenge else None
        if not proven or ctx.owner_id not in (None, proven):
            await self.void(ctx)
            return Invalid("utter_code_expired")
        ctx.prove(proven)
        ctx.say("utter_identity_proven")
        return Filled("proven")

    async def void(self, ctx: TurnContext) -> None:
        """Ask for the address again."""
        ctx.set("identity_email", None)


def _as_guest(ctx: TurnContext) -> Filled:
    """Go on with the address of a guest's order; what needs an account ends with the offer of one."""
    from actions.forms import TASKS  # noqa: PLC0415 - forms stand on this module

    if set(_OF_GUESTS) & set(TASKS[ctx.active_form.removesuffix("_form")].slots):
        ctx.say("utter_guest_order")
    else:
        offer_account(ctx)
        ctx.set("task_outcome", "answered")
    return Filled(None)


async def _mailbox_of(ctx: TurnContext, name: str) -> str | None:
    """Return the mailbox of the one who goes by a name among those who share the address; it is never told."""
    wanted, found = name.casefold(), []
    for customer_id in ctx.household:
        customer = await ctx.services.customers.find(customer_id)
        if customer and wanted in (customer.name.casefold(), customer.first_name.casefold()):
            found.append(customer.email)
    return found[0] if len(found) == 1 else None


async def send_code(ctx: TurnContext, address: str) -> None:
    """Send a one-time code to an e-mail address or phone number if it is a customer's; otherwise look just the same."""
    customer = await _customer_at(ctx, address)
    sent = await ctx.services.verification.request(
        purpose=PURPOSE,
        customer_id=customer.id if customer else None,
        address=address,
        channel="email" if "@" in address else "sms",
        conversation_id=ctx.conversation_id,
        deliver=customer is not None,
    )
    _note(ctx, until=sent.expires_at.timestamp(), challenge=sent.challenge_id)


async def _send_or_wait(ctx: TurnContext, address: str) -> None:
    """Send a code; where it is too soon for one, the code just sent still holds, or it is said when there can be another."""
    try:
        await send_code(ctx, address)
    except TooManyRequests as error:
        if not await _code_still_good(ctx, address):
            say_wait(ctx, error)
            _note(ctx, until=0, challenge=None)


async def _code_still_good(ctx: TurnContext, address: str) -> bool:
    """Say whether an address got a code just before that can still be given; it proves the mailbox wherever it was asked for."""
    customer = await _customer_at(ctx, address)
    sent = await ctx.services.verification.pending(
        purpose=PURPOSE, customer_id=customer.id if customer else None, address=address
    )
    if sent is not None:
        _note(ctx, until=sent.expires_at.timestamp(), challenge=sent.id)
    return sent is not None


async def _customer_at(ctx: TurnContext, address: str) -> Customer | None:
    if "@" in address:
        return await holder_of(ctx, address)
    return await ctx.services.customers.find_by_phone(address)


async def _refuse_anothers(ctx: TurnContext, address: str) -> None:
    """Refuse another person's address where the one written from has an owner, whose conversation and history it is.

    Raises:
        InvalidInput: if it is not the owner's.
    """
    if ctx.owner_id is None:
        return
    customer = await _customer_at(ctx, address)
    if customer is None or customer.id != ctx.owner_id:
        raise InvalidInput("the code goes only to the mailbox of the account that you write from")


async def told_who(ctx: TurnContext, slots: Iterable[str]) -> None:
    """Take an address that the first message tells beside the wish: "cancel 4711, my mail is ...".

    Args:
        ctx: The turn.
        slots: The slots that the task filled from the message: an address in them is what the wish is about.
    """
    if ctx.customer_id is not None or ctx.owner_id is not None or ctx.household:
        return
    slot, kind = "identity_email", IDENTITY_SLOTS["identity_email"]
    value = kind.read(ctx, Answer(slot=slot, asked=False))
    if value is None or any(str(value) in str(ctx.slot(name)) for name in slots):
        return
    if value == ctx.slot(slot) and _code_is_on_its_way(ctx):
        return
    outcome = await kind.check(ctx, value)
    if isinstance(outcome, Filled):
        ctx.set(slot, outcome.value)
    else:
        ctx.say(outcome.response, **outcome.values)


def step_of_proof(ctx: TurnContext) -> str | None:
    """Return what somebody unproven is to tell next; None if it is known who speaks."""
    if ctx.customer_id is not None:
        return None
    return "identity_code" if ctx.slot("identity_email") else "identity_email"


async def steps_of_proof(ctx: TurnContext) -> list[str]:
    """Return what is asked of somebody who has not proved who they are, at this place.

    Where the address has one owner, the code goes straight to that customer's own mailbox and only the code is asked for.
    """
    _drop_confirmation(ctx)
    _note(ctx, place=ctx.place)
    if (
        ctx.slot("identity_code") is not None
    ):  # given at another place, or in a session that is over
        ctx.fresh.update({"identity_code": None, "identity_email": None})
    asked = ctx.tracker.slots.get("requested_slot") in IDENTITY_SLOTS
    if ctx.household and not asked and ctx.slot("identity_email") is None:
        ctx.say("utter_household")
    if ctx.another_speaks and not asked:
        ctx.say("utter_another_person")
    mailbox = await _own_mailbox(ctx)
    if mailbox is not None and not _code_is_on_its_way(ctx):
        ctx.set("identity_email", mailbox)
        await _send_or_wait(ctx, mailbox)
    return list(IDENTITY_SLOTS)


async def _own_mailbox(ctx: TurnContext) -> str | None:
    """Return where the code goes without asking: the mailbox of the address's only owner, or of the closed account written from."""
    if ctx.owner_id is not None:
        owner = await ctx.services.customers.find(ctx.owner_id)
        return owner.email if owner else None
    sender = normalise_email(ctx.sender) if ctx.sender else None
    holder = await holder_of(ctx, sender) if sender else None
    return sender if holder is not None else None


def settle_proof(ctx: TurnContext) -> None:
    """Close the question who speaks, which somebody has answered or somebody else was asked."""
    if ctx.slot("identity_challenge"):
        _drop_confirmation(ctx)
        ctx.set("identity_challenge", None)


def _drop_confirmation(ctx: TurnContext) -> None:
    """Forget a yes that was said by somebody unproven at another place than this: it was anybody's."""
    asked = ctx.slot("identity_challenge") or {}
    if asked.get("place") != ctx.place and "confirmed" not in ctx.fresh:
        ctx.set("confirmed", None)


def _note(ctx: TurnContext, **more: Any) -> None:
    ctx.set("identity_challenge", {**(ctx.slot("identity_challenge") or {}), **more})


def _code_is_on_its_way(ctx: TurnContext) -> bool:
    """Say whether a code was sent that can still be given; one that is asked for right now is judged when it comes."""
    if ctx.slot("identity_email") is None:
        return False
    sent = ctx.slot("identity_challenge") or {}
    asked = ctx.tracker.slots.get("requested_slot") in IDENTITY_SLOTS
    return asked or float(sent.get("until", 0)) > ctx.services.clock.now().timestamp()


IDENTITY_SLOTS = {"identity_email": IdentityEmailSlot(), "identity_code": IdentityCodeSlot()}
