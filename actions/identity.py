"""Proof of identity in the conversation: an address, then a one-time code sent to it.

Whether an address is known is never told: the answer is the same, and only the right code opens anything.
"""

from __future__ import annotations

import re
from typing import Any

from actions.context import TurnContext
from actions.slot_types import Answer, CodeSlot, EmailSlot, Filled, Invalid
from closer.kit.errors import InvalidInput, TooManyRequests
from closer.security.verification_records import CheckResult

PURPOSE = "chat_identity"

_AGAIN = re.compile(
    r"\b(re-?send|send (it |me )?(again|another|a new|one more)|(another|new|fresh) (code|one)"
    r"|(didn'?t|did not|haven'?t|have not|never) (get|got|receive|received|come|arrive)|hasn'?t (come|arrived)"
    r"|no (code|mail|e-?mail|sms|text) (yet|came|arrived|here)|nothing (yet|came|arrived))\b",
    re.IGNORECASE,
)
_NO_MAILBOX = re.compile(
    r"\b(no|lost|without|don'?t have|can'?t (get|log) ?(in)?to|cannot access|can'?t access|no longer have)\b.{0,20}"
    r"\b(access|e-?mail|mail|mailbox|inbox)\b",
    re.IGNORECASE,
)
#: "it's Mara", "Mara Lindqvist here".
_NAME = re.compile(
    r"(?:(?:it'?s|i'?m|i am|it is|this is|my name is|here is)\s+)?"
    r"(?P<name>[^\W\d_][\w'-]+(?: [^\W\d_][\w'-]+){0,2}?)(?:\s+(?:here|speaking))?[.!]?",
    re.IGNORECASE,
)
_RESEND = "again"
_LOST = "lost"
#: Fewer or more digits are no code but something else, such as a phone number.
_FEWEST, _MOST = 4, 8


class SentCodeSlot(CodeSlot):
    """A one-time code that was sent; subclasses know which, and what the right one means.

    Attributes:
        person_helps: Whether a person takes over when the mailbox is out of reach.
    """

    person_helps = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the digits, or the wish for another code."""
        if answer.asked and _AGAIN.search(ctx.text):
            return _RESEND
        if answer.asked and self.person_helps and lost_mailbox(ctx.text):
            return _LOST
        digits = super().read(ctx, answer)
        return digits if digits and _FEWEST <= len(digits) <= _MOST else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Judge the code, send another, or give up on a mailbox that is out of reach."""
        if value == _LOST:
            ctx.say("utter_mailbox_lost")
            ctx.set("task_outcome", "handoff")
            return Filled(None)
        if value == _RESEND:
            try:
                await self.send(ctx)
            except TooManyRequests:
                ctx.say("utter_too_many_codes")
            else:
                ctx.say("utter_code_sent_again")
            return Filled(None)
        result = await self.judge(ctx, str(value))
        if result.ok:
            return await self.proven(ctx, result)
        if result.code == "wrong":
            return Invalid("utter_wrong_code", tries=str(result.tries_left))
        await self.void(ctx)
        return Invalid("utter_code_locked" if result.code == "locked" else "utter_code_expired")

    async def send(self, ctx: TurnContext) -> None:
        """Send another code.

        Raises:
            TooManyRequests: if that is too soon.
        """
        raise NotImplementedError

    async def judge(self, ctx: TurnContext, code: str) -> CheckResult:
        """Check a code."""
        raise NotImplementedError

    async def proven(self, ctx: TurnContext, result: CheckResult) -> Filled | Invalid:
        """Take note of a right code."""
        return Filled("proven")

    async def void(self, ctx: TurnContext) -> None:
        """Forget a code that can no longer be used, so that the way to a new one is open."""
        raise NotImplementedError


def lost_mailbox(text: str) -> bool:
    """Say whether somebody cannot read the mail of the account any more."""
    return _NO_MAILBOX.search(text) is not None


class IdentityEmailSlot(EmailSlot):
    """The e-mail address of the account; a code is sent to it."""

    correctable = False

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return the address; on a shared phone or mailbox also the name of who is there."""
        found = super().read(ctx, answer)
        if found is not None or not (answer.asked and ctx.household):
            return found
        named = _NAME.fullmatch(ctx.text.strip())
        return named.group("name") if named else None

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Send a code to a well-formed address if it is a customer's."""
        if "@" not in str(value):
            value = await _mailbox_of(ctx, str(value)) or value
        outcome = await super().check(ctx, value)
        if isinstance(outcome, Filled):
            await _refuse_anothers(ctx, str(outcome.value))
            try:
                await send_code(ctx, str(outcome.value))
            except TooManyRequests:
                return Invalid("utter_too_many_codes")
        return outcome


class IdentityCodeSlot(SentCodeSlot):
    """The code; the right one proves who writes."""

    async def send(self, ctx: TurnContext) -> None:
        """Send another code to the address that was given."""
        await send_code(ctx, str(ctx.slot("identity_email")))

    async def judge(self, ctx: TurnContext, code: str) -> CheckResult:
        """Check the code that was sent for this conversation."""
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


async def _mailbox_of(ctx: TurnContext, name: str) -> str | None:
    """Return the mailbox of the one who goes by a name among those who share the address; it is never told."""
    wanted, found = name.casefold(), []
    for customer_id in ctx.household:
        customer = await ctx.services.customers.find(customer_id)
        if customer and wanted in (customer.name.casefold(), customer.first_name.casefold()):
            found.append(customer.email)
    return found[0] if len(found) == 1 else None


async def send_code(ctx: TurnContext, email: str) -> None:
    """Send a one-time code to an address if it is a customer's; otherwise look just the same."""
    customer = await ctx.services.customers.find_by_email(email)
    sent = await ctx.services.verification.request(
        purpose=PURPOSE,
        customer_id=customer.id if customer else None,
        address=email,
        conversation_id=ctx.conversation_id,
        deliver=customer is not None,
    )
    _note(ctx, until=sent.expires_at.timestamp())


async def _refuse_anothers(ctx: TurnContext, email: str) -> None:
    """Refuse another person's mailbox where the address has an owner, whose conversation and history it is.

    Raises:
        InvalidInput: if it is not the owner's.
    """
    if ctx.owner_id is None:
        return
    customer = await ctx.services.customers.find_by_email(email)
    if customer is None or customer.id != ctx.owner_id:
        raise InvalidInput("the code goes only to the mailbox of the account that you write from")


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
    owner = await ctx.services.customers.find(ctx.owner_id) if ctx.owner_id else None
    if owner is not None and owner.email and not _code_is_on_its_way(ctx):
        ctx.set("identity_email", owner.email)
        try:
            await send_code(ctx, owner.email)
        except TooManyRequests:
            ctx.say("utter_too_many_codes")
    return list(IDENTITY_SLOTS)


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
