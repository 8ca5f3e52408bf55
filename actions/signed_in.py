"""Somebody says that they have signed in: what waited goes on, or they hear that it is not seen here."""

from __future__ import annotations

import re

from actions.context import TurnContext

_SIGNED_IN = re.compile(
    r"\W*(?:(?:ok(?:ay)?|there|done|right|yes|hi|hello|so|now|alright|and|hey|i|i'm|im|i am|i've|ive|i have|we are|have|just|am)\W+)*"
    r"(?:logged|signed|log|sign) ?(?:in|on)(?:to)?(?: (?:to )?(?:my|the) (?:account|profile))?(?: (?:now|just now|already|again|there))*\W*",
    re.IGNORECASE,
)


def says_signed_in(ctx: TurnContext) -> bool:
    """Say whether a message tells nothing but that somebody has signed in."""
    return _SIGNED_IN.fullmatch(ctx.text.replace("’", "'")) is not None


def acknowledge(ctx: TurnContext) -> None:
    """Say whether it is seen here that somebody signed in."""
    ctx.say("utter_signed_in" if ctx.customer_id else "utter_not_signed_in_here")
