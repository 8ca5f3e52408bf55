"""Counting answers that were none, and saying why a value is needed."""

from __future__ import annotations

from actions.context import TurnContext
from actions.slot_types import WHY


def strike(ctx: TurnContext, asked: str) -> None:
    """Count an answer that was none, and say why the value is needed or what it should look like."""
    ctx.set("strikes", int(ctx.slot("strikes") or 0) + 1)
    if ctx.refused_value:
        return
    if ctx.intent == "affirm" and asked != "confirmed":
        return  # "yes please" to what is asked for: the question comes again
    specific = f"utter_invalid_{asked}"
    if ctx.intent == "deny" or WHY.search(ctx.text):
        say_why(ctx, asked)
    else:
        ctx.say(specific if ctx.has_response(specific) else "utter_invalid_value")


def say_why(ctx: TurnContext, asked: str) -> None:
    """Say what a value is needed for."""
    why = f"utter_why_{asked}"
    ctx.say(why if ctx.has_response(why) else "utter_why_value")
