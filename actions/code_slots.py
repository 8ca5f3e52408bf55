"""One-time codes that were sent: given, asked for once more, or out of reach."""

from __future__ import annotations

import re
from typing import Any

from actions.context import TurnContext
from actions.slot_types import Answer, CodeSlot, Filled, Invalid
from closer.kit.errors import TooManyRequests
from closer.security.verification_records import CheckResult

_AGAIN = re.compile(
    r"\b(re-?send|send (it |me )?(again|another|a new|one more)|(another|new|fresh) (code|one)"
    r"|(didn'?t|did not|haven'?t|have not|never|not) (get|got|gotten|receive|received|come|arrive|arrived|there)|(hasn'?t|isn'?t|not) (come|arrived|there|here|in)( yet)?"
    r"|still (no|nothing|not|waiting)|(can'?t|cannot|don'?t) (find|see) (it|the|any|a|that)|where('?s| is) (it|the code|my code|that code)"
    r"|once (more|again)|new code"
    r"|no (code|mail|e-?mail|sms|text) (yet|came|arrived|here)|nothing (yet|came|arrived))\b",
    re.IGNORECASE,
)
_NO_MAILBOX = re.compile(
    r"\b(no|lost|without|don'?t have|can'?t (get|log) ?(in)?to|cannot access|can'?t access|no longer have)\b.{0,20}"
    r"\b(access|e-?mail|mail|mailbox|inbox)\b",
    re.IGNORECASE,
)
_RESEND = "again"
_LOST = "lost"
#: Fewer or more digits are no code but something else, such as a phone number.
_FEWEST, _MOST = 4, 8
_A_MINUTE = 60


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
            except TooManyRequests as error:
                ctx.say("utter_too_many_codes", wait=wait_of(error))
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


def wait_of(error: TooManyRequests) -> str:
    """Return in words when another code may be asked for."""
    left = int(error.extra.get("retry_after") or 0)
    if left <= _A_MINUTE:
        return f"in {max(left, 1)} seconds"
    return f"in about {-(-left // _A_MINUTE)} minutes"
