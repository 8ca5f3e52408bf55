"""Somebody without an account: nothing is wrong with that, they go on as a guest, and an account is offered."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.context import TurnContext

_HAS_NONE = re.compile(
    r"\b(?:do(?: not|n'?t)|did(?: not|n'?t)|have(?: not|n'?t)|never)\s+(?:even |ever |actually |yet )*(?:have|had|got|own|use)\s+(?:got )?(?:an?|any|no|one|my)?\s?(?:account|log ?in|profile)"
    r"|\b(?:have|got|had|there'?s|there is|with)\s+no\s+(?:account|log ?in|profile)\b|^\W*(?:but |sorry |well )*no account\b"
    r"|\b(?:never|not|did ?n'?t|did not|have ?n'?t|have not)\s+(?:even |ever |actually )*(?:registered|signed up|sign up|joined|register|"
    r"(?:created?|made|make|opened|open|set up)\s+(?:an?|any|my|one|the)\s?(?:account|log ?in|profile))"
    r"|\b(?:i'?m|i am|im|am)\s+(?:not|no)\s+(?:(?:yet |even )?(?:registered|signed up)|(?:an? )?(?:member|customer)(?: yet)?)\b"
    r"|\b(?:ordered|bought|checked out|shop(?:ped)?|purchased)\s+as (?:a )?guest\b|\bi'?m (?:only |just )?a guest\b",
    re.IGNORECASE,
)
#: Somebody else did it in their name: that is an alarm.
_BUT_THERE_IS_ONE = re.compile(
    r"\b(?:but|yet|still|so why|why)\b.*\b(?:mails?|e-?mails?|letters?|says|got|get|received|account|charged|bill(?:ed)?|order(?:ed)?)\b"
    r"|\b(?:somebody|someone|who)\b|\bmy name\b",
    re.IGNORECASE,
)

#: "Do I need an account to order?", "can I buy without registering?"
_NEEDS_ONE = re.compile(
    r"\b(?:do|must|should|would|will) (?:i|we|you|people) (?:really |even |actually )?(?:need|have|have to have|need to have|have to (?:make|create|open|get)|need to (?:make|create|open|get))"
    r" (?:an? )?(?:account|log ?in|profile)\b|\bis (?:an? )?(?:account|registration|sign(?:ing)?[ -]?up|login) (?:really )?(?:needed|required|necessary|mandatory|a must)"
    r"|\b(?:can|could|may) (?:i|we|you|people) (?:just |also |simply )?(?:order|buy|shop|check ?out|purchase)\b.{0,25}\b(?:without (?:an? )?(?:account|regist\w+|sign\w+|log\w+)|as (?:a )?guest)",
    re.IGNORECASE,
)


def asks_for_need(ctx: TurnContext) -> bool:
    """Say whether somebody whom no account is known of asks whether they need one."""
    return _is_unknown(ctx) and _NEEDS_ONE.search(ctx.text) is not None


def says_no_account(ctx: TurnContext) -> bool:
    """Say whether somebody whom no account is known of says that they have none."""
    if not _is_unknown(ctx):
        return False
    return _HAS_NONE.search(ctx.text) is not None and _BUT_THERE_IS_ONE.search(ctx.text) is None


def offer_account(ctx: TurnContext) -> None:
    """Say what works without an account, and offer one."""
    ctx.offer("create_account_form")
    ctx.say("utter_no_account")


def guest_follow_up(ctx: TurnContext) -> list[EventType] | None:
    """Offer an account to somebody who says or asks, outside of any task, that they have none; None if that was not said."""
    if ctx.active_form or not (says_no_account(ctx) or asks_for_need(ctx)):
        return None
    offer_account(ctx)
    return []


def _is_unknown(ctx: TurnContext) -> bool:
    """Whether no account is known of whoever speaks."""
    return ctx.likely_customer_id is None and not ctx.household
