"""Proof of identity in the conversation: an address, then a one-time code sent to it.

Whether an address is known is never told: the answer is the same, and only the right code opens anything.
"""

from __future__ import annotations

import re
from typing import Any

from actions.context import TurnContext
from actions.slot_types import Answer, CodeSlot, EmailSlot, Filled, Invalid
from closer.kit.errors import TooManyRequests
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
        if result.challenge is None or not result.challenge.customer_id:
            await self.void(ctx)
            return Invalid("utter_code_expired")
        ctx.set("verified_customer_id", result.challenge.customer_id)
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
    await ctx.services.verification.request(
        purpose=PURPOSE,
        customer_id=customer.id if customer else None,
        address=email,
        conversation_id=ctx.conversation_id,
        deliver=customer is not None,
    )


IDENTITY_SLOTS = {"identity_email": IdentityEmailSlot(), "identity_code": IdentityCodeSlot()}
