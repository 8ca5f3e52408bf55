"""Proving that a new address is the customer's own: a one-time code is sent there and asked for."""

from __future__ import annotations

import re
from typing import Any

from actions.code_slots import SentCodeSlot, say_wait
from actions.context import TurnContext
from actions.forms import Task
from closer.kit.errors import TooManyRequests
from closer.security.verification_records import CheckResult

_PURPOSE = "new_address"
_PASSWORD = re.compile(
    r"\b(password|passwort|pass ?word|pw|pwd|passwd|pin)\b,?\s*(?:it |that )?(?:is|was|:|=|should be|to be|to)\s*[\"']?"
    r"(?!(?:not|wrong|invalid|expired|incorrect|lost|gone|reject|refus|never|always|too|being|still|ask|requir|weak|forgotten"
    r"|block|lock|stolen|hacked|something|reset|sign|get|log|my|the|your|this|because|what)\w*\b)\S{4,}",
    re.IGNORECASE,
)


class AddressCodeSlot(SentCodeSlot):
    """The code that was sent to a new address; `code_needed` sends it."""

    person_helps = False
    #: "Use my other mail x@y.org" puts the address right that is to be proven.
    mixed_up = frozenset(
        {"edit_account", "switch_account", "switch_channel", "newsletter_subscription"}
    )

    async def send(self, ctx: TurnContext) -> None:
        """Send another code to the same address."""
        sent = ctx.slot("task_data") or {}
        await _send(ctx, sent["address"], sent["channel"], deliver=sent["deliver"])

    async def judge(self, ctx: TurnContext, code: str) -> CheckResult:
        """Check against the very code that was sent to the address in question."""
        challenge = (ctx.slot("task_data") or {}).get("challenge")
        if not challenge:
            return CheckResult("not_requested")
        return await ctx.services.verification.check(code, challenge_id=challenge)

    async def void(self, ctx: TurnContext) -> None:
        """Let `code_needed` send a new one."""
        ctx.set("task_data", None)


async def code_needed(
    task: Task, ctx: TurnContext, address: str, channel: str, *, deliver: bool = True
) -> list[str]:
    """Send a code to an address unless that was done, and return the slot that asks for it.

    Args:
        task: The task that needs the proof.
        ctx: The turn.
        address: The new e-mail address or phone number.
        channel: `email` or `sms`.
        deliver: False sends nothing and looks alike.
    """
    sent = ctx.slot("task_data") or {}
    if sent.get("address") != address or not sent.get("challenge"):
        ctx.set("contact_code", None)
        try:
            await _send(ctx, address, channel, deliver=deliver)
        except TooManyRequests as error:
            say_wait(ctx, error)
            task.finish(ctx, "impossible")
            return []
    return ["contact_code"]


async def _send(ctx: TurnContext, address: str, channel: str, *, deliver: bool) -> None:
    requested = await ctx.services.verification.request(
        purpose=_PURPOSE,
        address=address,
        channel=channel,
        conversation_id=ctx.conversation_id,
        deliver=deliver,
    )
    data: dict[str, Any] = {"address": address, "channel": channel, "deliver": deliver}
    ctx.set("task_data", {**data, "challenge": requested.challenge_id})


def tells_password(text: str) -> bool:
    """Say whether somebody seems to have written a password into the chat."""
    return _PASSWORD.search(text) is not None
