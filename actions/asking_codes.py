"""Asks for one-time codes: the first time telling where it went, after a wrong one only for another try."""

from __future__ import annotations

from typing import ClassVar

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext


class AskCode(CloserAction):
    """Asks for the code of a slot.

    Attributes:
        slot: The slot.
        noted: The slot that keeps which code was sent.
    """

    slot: ClassVar[str] = ""
    noted: ClassVar[str] = "task_data"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Say where the code went, unless that was just said, or none could be sent."""
        if not (ctx.slot(self.noted) or {}).get("challenge"):
            ctx.say("utter_ask_code_later")
        else:
            ctx.say("utter_ask_code_again" if _asked_before(ctx, self.slot) else self.sent(ctx))
        return []

    def sent(self, ctx: TurnContext) -> str:
        """Return the response that tells where the code went."""
        return f"utter_code_sent_{self.slot}"


class AskIdentityCode(AskCode):
    """The code that proves who writes."""

    action_name = "action_ask_identity_code"
    slot = "identity_code"
    noted = "identity_challenge"

    def sent(self, ctx: TurnContext) -> str:
        """Tell mailbox and phone apart; where no address was asked for, because the owner's is known, say why it is asked."""
        address = str(ctx.slot("identity_email") or "")
        if ctx.another_speaks:
            return "utter_code_sent_for_another"
        if ctx.owner_id is not None or address == (ctx.sender or "").lower():
            return "utter_code_sent_owner"
        return super().sent(ctx) if "@" in address else "utter_code_sent_by_text"


class AskContactCode(AskCode):
    """The code that proves a new address."""

    action_name = "action_ask_contact_code"
    slot = "contact_code"


class AskResetCode(AskCode):
    """The code that allows a new password."""

    action_name = "action_ask_reset_code"
    slot = "reset_code"


def _asked_before(ctx: TurnContext, slot: str) -> bool:
    """Say whether the slot was asked for before the message that is answered, for the same address."""
    heard = False
    for event in reversed(ctx.tracker.events):
        if event.get("event") == "user":
            heard = True
        elif (
            event.get("event") == "slot"
            and event.get("name") in ("identity_email", "email", "new_value")
            and not heard
        ):
            return False  # another address: the code went there just now
        elif heard and event.get("event") == "slot" and event.get("name") == "requested_slot":
            return bool(event.get("value") == slot)
    return False
