"""What comes along with a wish in one message: questions, the wish for a person, the end of what was under way."""

from __future__ import annotations

from actions.base import ACTIONS
from actions.call_words import asks_for_call
from actions.clauses import PERSON_WANTED, SURE
from actions.context import TurnContext
from actions.intents import ANSWERS
from actions.wishes import questions_of


def called_off(ctx: TurnContext) -> bool:
    """Say whether a message first calls off what is under way and then goes on to something else: "never mind, when are you open?"."""
    first = ctx.clauses[0] if ctx.clauses else None
    if first is None or first["intent"]["name"] != "stop" or ctx.intent == "stop":
        return False
    return float(first["intent"]["confidence"]) >= SURE


def wants_person(ctx: TurnContext) -> bool:
    """Say whether a part of a message surely asks for a person, now and not by an appointment."""
    return any(
        clause["intent"]["name"] == PERSON_WANTED
        and float(clause["intent"]["confidence"]) >= SURE
        and not asks_for_call(str(clause["text"]))
        for clause in ctx.clauses
    )


async def answer_aside(ctx: TurnContext, *, but: str | None = None) -> None:
    """Answer the questions that came along with a wish, or with another question.

    Args:
        ctx: The turn.
        but: The intent of the question that is answered already.
    """
    for clause in questions_of(ctx):
        if clause["intent"]["name"] == but:
            continue
        with ctx.narrowed(clause):
            await ACTIONS[ANSWERS[clause["intent"]["name"]]]().perform(ctx)
