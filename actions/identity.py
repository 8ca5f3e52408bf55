"""Proof of identity in the conversation: an address, then a one-time code sent to it.

Whether an address is known is never told: the answer is the same, and only the right code opens anything.
"""

from __future__ import annotations

from typing import Any

from actions.context import TurnContext
from actions.slot_types import CodeSlot, EmailSlot, Filled, Invalid
from closer.kit.errors import TooManyRequests

PURPOSE = "chat_identity"


class IdentityEmailSlot(EmailSlot):
    """The e-mail address of the account; a code is sent to it."""

    correctable = False

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Send a code to a well-formed address if it is a customer's."""
        outcome = await super().check(ctx, value)
        if isinstance(outcome, Filled):
            try:
                await send_code(ctx, str(outcome.value))
            except TooManyRequests:
                return Invalid("utter_too_many_codes")
        return outcome


class IdentityCodeSlot(CodeSlot):
    """The code; the right one proves who writes."""

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Check the code that was sent for this conversation."""
        result = await ctx.services.verification.check(
            str(value), conversation_id=ctx.conversation_id, purpose=PURPOSE
        )
        if result.challenge is not None and result.challenge.customer_id:
            ctx.set("verified_customer_id", result.challenge.customer_id)
            ctx.say("utter_identity_proven")
            return Filled("proven")
        if result.code == "wrong":
            return Invalid("utter_wrong_code", tries=str(result.tries_left))
        ctx.set("identity_email", None)
        return Invalid("utter_code_locked" if result.code == "locked" else "utter_code_expired")


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
