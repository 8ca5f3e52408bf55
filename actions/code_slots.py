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
#: No more than the wish itself: "again".
_BARELY_AGAIN = re.compile(
    r"\W*(?:please |pls |ok(?:ay)? |now )*(?:again|once more|one more(?: time)?|retry|send|another)(?: please| pls| now)?\W*",
    re.IGNORECASE,
)
#: "yes, checked the spam folder, nothing".
_IN_SPAM = re.compile(
    r"\b(?:checked|looked|searched|been through)\b.{0,30}\b(?:spam|junk)\b|\b(?:spam|junk)\b.{0,25}\b(?:nothing|empty|no|not|neither|either)\b"
    r"|\bnothing\b.{0,20}\b(?:spam|junk|inbox)\b",
    re.IGNORECASE,
)
#: "what code?", "i dont have a code": somebody does not know of it.
_UNKNOWN = re.compile(
    r"\b(?:what|which|wh?at'?s|what is)\b.{0,12}\b(?:code|pin|digits)\b|\bcode (?:for|of|from|to) wh?at\b"
    r"|\b(?:don'?t|do not|didn'?t|did not|never|haven'?t|have not) (?:even )?(?:have|know|had|see|understand|ask(?:ed)? for)\b.{0,12}\b(?:code|pin|one|digits)\b"
    r"|\b(?:have|got|there'?s|there is|there was|i see) no (?:such )?(?:code|pin)\b|^\W*no (?:code|pin)\W*$"
    r"|\bwhere (?:do|can|would|should|am|to)\b.{0,20}\b(?:find|get|see|code|it)\b|^\W*(?:huh|what)?\W*(?:a |the )?code\W*\?+\W*$",
    re.IGNORECASE,
)
#: "why do i need a code", "i dont want a code".
_NOT_WANTED = re.compile(
    r"\b(?:why|what for)\b.{0,30}\bcode\b|\b(?:don'?t|do not|won'?t|rather not)\b.{0,12}\b(?:want|need|like|give|tell)\b.{0,20}\bcodes?\b",
    re.IGNORECASE,
)
_MAIL = r"(?:e-?mails?|mail|mailbox|inbox)(?: (?:address|account|box|provider))?"
_NO_MAILBOX = re.compile(
    r"\b(no|lost|without|don'?t have|can'?t (get|log) ?(in)?to|cannot access|can'?t access|no longer have)\b.{0,20}"
    r"\b(access(?! to (?:my |the |your )?(?:account|profile|log ?in|shop|site|app)\b)|e-?mail|mail|mailbox|inbox)\b"
    # "my email is not working anymore either", "that mailbox doesn't exist", "my old mail was hacked"
    rf"|\b(?:my|that|this|the|old) {_MAIL}(?: (?:is|does|has|was|got|just|also|there))*"
    r"(?: ?n[o']?t| not| isn'?t| doesn'?t| no longer| stopped| never)(?: (?:even|really|been))* (?:work\w*|exist\w*|active|valid|mine|in use|accessible|reachable)\b"
    rf"|\b(?:my|that|this|the|old) {_MAIL}(?: (?:there|also))? (?:is|was|got|has been|have been|'?s) (?:also |now |long |already |just |all )*"
    r"(?:dead|gone|closed|deleted|deactivated|disabled|hacked|locked|blocked|cancelled|suspended|shut down|expired)\b",
    re.IGNORECASE,
)
#: The mail can be read, only not at this moment: no reason to give up.
_FOR_NOW = re.compile(
    r"\b(?:right now|hang on|hold on|bear with me|give me|(?:one|a) (?:sec|second|moment|min|minute)|wait|until|till|later|tonight|this evening|when i(?:'m| am|m| get) )",
    re.IGNORECASE,
)
_RESEND = "again"
_LATER = "later"
_LOST = "lost"
_WHICH = "which"
_WHY = "utter_why_"
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
        """Return the digits, the wish for another code, or that somebody does not know of one."""
        if answer.asked and wants_another(ctx.text):
            return _RESEND
        if answer.asked and lost_mailbox(ctx.text) and _FOR_NOW.search(ctx.text):
            return _LATER
        if answer.asked and self.person_helps and lost_mailbox(ctx.text):
            return _LOST
        digits = super().read(ctx, answer)
        if digits and _FEWEST <= len(digits) <= _MOST:
            return digits
        if answer.asked and _NOT_WANTED.search(ctx.text):
            return f"{_WHY}{answer.slot}"
        return _WHICH if answer.asked and _UNKNOWN.search(ctx.text) else None

    def claims(self, ctx: TurnContext) -> bool:
        """Say whether what sounds like stopping asks for another code ("resend it")."""
        return wants_another(ctx.text)

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Judge the code, send another, or give up on a mailbox that is out of reach."""
        if value == _LOST:
            ctx.say("utter_mailbox_lost")
            ctx.set("task_outcome", "handoff")
            return Filled(None)
        if value == _LATER:
            ctx.say("utter_take_your_time")
            return Filled(None)
        if value == _RESEND:
            await self._send_again(ctx)
            return Filled(None)
        if value == _WHICH or str(value).startswith(_WHY):
            ctx.say("utter_explain_code" if value == _WHICH else value)
            return Filled(None)
        return await self._judged(ctx, await self.judge(ctx, str(value)))

    async def _judged(self, ctx: TurnContext, result: CheckResult) -> Filled | Invalid:
        if result.ok:
            return await self.proven(ctx, result)
        if result.code == "wrong":
            return Invalid("utter_wrong_code", tries=str(result.tries_left))
        if result.code == "locked":
            return Invalid("utter_code_locked", wait=in_words(result.retry_after_s))
        if result.code == "expired":
            ctx.say("utter_code_expired")
            await self._send_again(ctx)
            return Filled(None)
        await self.void(ctx)
        return Invalid("utter_code_expired")

    async def _send_again(self, ctx: TurnContext) -> None:
        try:
            await self.send(ctx)
        except TooManyRequests as error:
            say_wait(ctx, error)
        else:
            ctx.say("utter_code_sent_again")

    def awaited(self, ctx: TurnContext) -> bool:
        """Say whether a code was sent, so that it may still be given or asked for once more."""
        return bool((ctx.slot("task_data") or {}).get("challenge"))

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


def wants_another(text: str) -> bool:
    """Say whether another code is asked for."""
    if _IN_SPAM.search(text) and not re.search(r"\d{4}", text):
        return True
    return _AGAIN.search(text) is not None or _BARELY_AGAIN.fullmatch(text) is not None


def say_wait(ctx: TurnContext, error: TooManyRequests) -> None:
    """Say when another code may be asked for, and why not now."""
    locked = error.code == "code_locked"
    wait = in_words(int(error.extra.get("retry_after") or 0))
    ctx.say("utter_code_locked" if locked else "utter_too_many_codes", wait=wait)


def in_words(seconds: int) -> str:
    """Return in words how long a wait is."""
    if seconds <= _A_MINUTE:
        return f"in {max(seconds, 1)} seconds"
    return f"in about {-(-seconds // _A_MINUTE)} minutes"
