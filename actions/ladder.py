"""What is not understood climbs a ladder, a step a message in a row: two meanings to choose from, other words, a person."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType, UserUtteranceReverted

from actions.base import CloserAction
from actions.call_words import asks_for_call
from actions.confirming import leans_to_yes
from actions.context import TurnContext
from actions.conversation import Affirm, Repeat
from actions.follow_up import follow_up
from actions.meanings import PERSON, likely_meanings, or_person
from actions.spoken_of import last_action
from actions.tasks.name_slot import goes_by
from actions.waiting import begin_with
from actions.wishes import wishes_of

#: Actions that answer what was not understood.
_LADDER = ("action_clarify", "action_default_fallback")


_ONLY_ASKS = re.compile(r"\s*(?:huh|eh|what|hm+)?\s*\?[?!\s]*", re.IGNORECASE)


class Clarify(CloserAction):
    """Not understood: offers the two likeliest meanings, then asks for other words, then a person."""

    action_name = "action_clarify"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Climb one step of the ladder, unless the message goes on with what was spoken of or shown, or is clear in its parts."""
        if (events := await follow_up(ctx)) is not None:
            return events
        if (named := _named(ctx)) is not None:
            return begin_with(ctx, named)
        if ctx.offered and leans_to_yes(ctx):
            return await Affirm().perform(ctx)
        if wishes_of(ctx) and not ctx.active_form:
            return []  # each part is understood: `action_continue` takes them up
        if _ONLY_ASKS.fullmatch(ctx.text):
            return await Repeat().perform(ctx)  # "?" to an answer
        count = 1 + (int(ctx.slot("fallback_count") or 0) if last_action(ctx, *_LADDER) else 0)
        ctx.set("fallback_count", count)
        ctx.set("pending_offer", None)  # a yes is about what is asked now
        likely = likely_meanings(ctx)
        if count == 1 and likely:
            ctx.say("utter_ask_meaning", buttons=or_person(likely))
        elif count <= 2:
            ctx.say("utter_ask_rephrase", buttons=or_person(likely))
        else:
            ctx.offer("action_handoff")
            ctx.set("fallback_count", 0)
            ctx.say("utter_offer_person", buttons=[PERSON])
        return []


def _named(ctx: TurnContext) -> str | None:
    """Return the task that the words name by themselves: a call at a time, another name."""
    if asks_for_call(ctx.text) and ctx.entity("date"):
        return "book_appointment"
    return "edit_account" if goes_by(ctx.text) else None  # "call me Luke from now on"


class DefaultFallback(CloserAction):
    """The dialogue does not know what to do: the same ladder, and the message leaves no trace in the dialogue."""

    action_name = "action_default_fallback"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Clarify; keep the conversation where it was."""
        went_on = await Clarify().perform(ctx)
        return went_on or [UserUtteranceReverted()]
