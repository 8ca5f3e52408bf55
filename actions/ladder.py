"""What is not understood climbs a ladder, a step a message in a row: two meanings to choose from, other words, a person."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType, FollowupAction, UserUtteranceReverted

from actions.base import CloserAction
from actions.bought import order_like, order_with
from actions.call_words import asks_for_call
from actions.change_or_buy import sends_own
from actions.confirming import leans_to_yes
from actions.context import TurnContext
from actions.conversation import Affirm, Inform
from actions.follow_up import follow_up
from actions.goods_named import only_names_goods
from actions.meanings import PERSON, likely_meanings, likely_task, or_person
from actions.repeating import Repeat
from actions.shopping_talk import orders_what_was_shown, shopping_follow_up
from actions.speaker import says_another
from actions.spoken_of import last_action
from actions.talk import calls_off
from actions.tasks.name_slot import goes_by
from actions.tasks.orders import not_received
from actions.waiting import begin_with
from actions.wishes import wishes_of
from closer.orders.reasons import FAULT_REASONS, told_reason

#: From here on a message is for somebody else, whatever it names.
_SURELY_OUT = 0.92
_FEW = 5
#: Actions that answer what was not understood.
_LADDER = ("action_clarify", "action_default_fallback")


_ONLY_ASKS = re.compile(r"\s*(?:huh|eh|what|hm+)?\s*\?[?!\s]*", re.IGNORECASE)


class Clarify(CloserAction):
    """Not understood: offers the two likeliest meanings, then asks for other words, then a person."""

    action_name = "action_clarify"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Climb one step of the ladder, unless the message goes on with what was spoken of or shown, or is clear in its parts."""
        if ctx.another_speaks and says_another(ctx.text):
            ctx.say("utter_another_person_greeted")
            return []
        if (events := await self._understood(ctx)) is not None:
            return events
        if ctx.tracker.latest_message.get("fallback_reason") == "other_script":
            ctx.say("utter_chitchat/foreign_language")
            return []
        count = 1 + (int(ctx.slot("fallback_count") or 0) if last_action(ctx, *_LADDER) else 0)
        ctx.set("fallback_count", count)
        ctx.set("pending_offer", None)  # a yes is about what is asked now
        likely = [] if _unknown(ctx) else likely_meanings(ctx)
        if count == 1 and likely:
            ctx.say("utter_ask_meaning", buttons=or_person(likely))
        elif count <= 2:
            ctx.say("utter_ask_rephrase", buttons=or_person(likely))
        else:
            ctx.offer("action_handoff")
            ctx.set("fallback_count", 0)
            ctx.say("utter_offer_person", buttons=[PERSON])
        return []

    async def _understood(self, ctx: TurnContext) -> list[EventType] | None:
        """Take the message up where what was spoken of, its parts or its verb make it clear after all."""
        if (events := await follow_up(ctx)) is not None:
            return events
        if (named := _named(ctx)) is not None:
            return begin_with(ctx, named)
        if ctx.offered and orders_what_was_shown(ctx):
            return begin_with(ctx, "place_order")  # "take two"
        if ctx.offered and leans_to_yes(ctx):
            return await Affirm().perform(ctx)
        if not ctx.active_form and (events := await self._told(ctx)) is not None:
            return events
        # "?" to an answer
        return await Repeat().perform(ctx) if _ONLY_ASKS.fullmatch(ctx.text) else None

    async def _told(self, ctx: TurnContext) -> list[EventType] | None:
        """Take up what no task in progress has a use for: a verb, a bare number, a part that is understood."""
        if (task := await self._told_by_verb(ctx)) is not None:
            return begin_with(ctx, task)
        if _unknown(ctx) and await ctx.services.catalog.telling_words(ctx.text):
            return [FollowupAction("action_recommend")]  # a brand's name alone
        if ctx.entity("order_id") and len(ctx.text.split()) <= _FEW:
            return await Inform().perform(ctx)  # "and for order 12344?"
        # Each part is understood: `action_continue` takes them up.
        return [] if wishes_of(ctx) else None

    @staticmethod
    async def _told_by_verb(ctx: TurnContext) -> str | None:
        """Return the task that is plain from the words, though the model did not know them."""
        if calls_off(ctx.text, goods=await _names_own(ctx)):
            return "cancel_order"
        if await sends_own(ctx):
            return "change_shipping_address"
        return "track_order" if not_received(ctx.text) else None


class OutOfScope(CloserAction):
    """`out_of_scope`: declines, unless the message goes on with what was shown, or names goods and may well mean something here."""

    action_name = "action_out_of_scope"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Take up what the model thought of next where that is about goods; a task confirms before it changes anything."""
        events = None if ctx.active_form else await self._of_the_shop(ctx)
        if events is not None:
            return events
        ctx.say("utter_out_of_scope")
        return []

    async def _of_the_shop(self, ctx: TurnContext) -> list[EventType] | None:
        """Return what the message begins if it is about the shop's goods after all, or names a task by itself."""
        if await only_names_goods(ctx):
            return await Inform().perform(ctx)  # "jump rope"
        own = await _names_own(ctx)
        return (
            None if ctx.confidence >= _SURELY_OUT and not own else await self._meant(ctx, own=own)
        )

    @staticmethod
    async def _meant(ctx: TurnContext, *, own: bool) -> list[EventType] | None:
        if (named := _named(ctx)) is not None:
            return begin_with(ctx, named)
        if events := await shopping_follow_up(ctx):
            return events
        telling = await ctx.services.catalog.telling_words(ctx.text)
        if telling and last_action(ctx, "action_recommend"):
            return [FollowupAction("action_recommend")]
        task = likely_task(ctx) if ctx.entity("product") else None
        if calls_off(ctx.text, goods=own):
            task = "cancel_order"
        elif own and not_received(ctx.text):
            task = "track_order"
        if task is not None or ctx.entity("product") is None:
            return begin_with(ctx, task) if task else None
        return await Inform().perform(ctx) if told_reason(ctx.text) in FAULT_REASONS else None


def _unknown(ctx: TurnContext) -> bool:
    """Whether no word of the message is known."""
    return bool(ctx.tracker.latest_message.get("fallback_reason") == "unknown_words")


async def _names_own(ctx: TurnContext) -> bool:
    """Whether the message names something that the customer bought."""
    if ctx.customer_id is None:
        return False
    latest = await ctx.services.orders.latest(ctx.customer_id, 8)
    lost = not_received(ctx.text) and order_like(latest, ctx.text) is not None
    return bool(lost) or order_with(ctx.text, latest) is not None


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
