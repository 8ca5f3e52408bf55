"""What a message without a wish of its own goes on with: an order, what was shown, the task that has just ended, a change to be put right."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType, FollowupAction

from actions.after_task import task_follow_up
from actions.afterwards import put_right
from actions.asked_after import answers_after
from actions.contact import asks_of_day
from actions.context import TurnContext
from actions.in_line import noted_while_waiting, tell_place
from actions.late_codes import code_follow_up
from actions.no_account import guest_follow_up
from actions.order_parts import unwanted
from actions.places import place_in
from actions.shopping_talk import shopping_follow_up
from actions.signed_in import acknowledge, says_signed_in
from actions.spoken_of import DELIVERY, last_action
from actions.talk import order_follow_up
from actions.tasks.account_info import detail_follow_up
from actions.tasks.contact import channel_follow_up
from actions.tasks.tier_slot import tier_follow_up
from actions.waiting import begin_with, go_on

_HOURS = "action_contact_customer_service"

#: "And to Germany?", "and express?" after an answer about delivery.
_WAY = re.compile(
    r"^\W*(?:and|what about|how about|with|by|but)?\W*(?:the )?(?:express|standard|pick-?up(?: point)?)(?: (?:delivery|shipping|one))?\W*$",
    re.IGNORECASE,
)


async def follow_up(ctx: TurnContext) -> list[EventType] | None:
    """Go on with what the conversation was about just now; None if the message does not belong to it.

    Args:
        ctx: The turn; no task is in progress, or none that could use the message.
    """
    if (taken_up := await _of_a_person(ctx)) is not None:
        return taken_up
    if again := _asked_further(ctx):
        return [FollowupAction(again)]
    task = order_follow_up(ctx) or ("cancel_order" if await unwanted(ctx) else None)
    if task is not None:
        ctx.set("pending_offer", None)
        return begin_with(ctx, task)
    if events := await shopping_follow_up(ctx):
        return events
    if ctx.intent == "deny" and ctx.offered:
        return None  # a plain no declines what was offered
    after = await task_follow_up(ctx)
    answered = after is None and (await answers_after(ctx) or await noted_while_waiting(ctx))
    return [] if answered else after


def call_follow_up(ctx: TurnContext) -> list[EventType] | None:
    """Book the call that was just offered for the time that is named instead of a yes: "tomorrow"."""
    if (ctx.offered or {}).get("action") != "book_appointment_form" or not ctx.entity("date"):
        return None
    ctx.set("pending_offer", None)
    return begin_with(ctx, "book_appointment")


async def _of_a_person(ctx: TurnContext) -> list[EventType] | None:
    """Go on with what is about who somebody is, or with their waiting for a colleague."""
    if not any(letter.isalnum() for letter in ctx.text) and await tell_place(ctx):
        return []  # "??" of somebody who waits for a person
    if says_signed_in(ctx):
        acknowledge(ctx)
        return go_on(ctx)
    taken_up = await code_follow_up(ctx)
    for answer in (
        guest_follow_up,
        put_right,
        tier_follow_up,
        detail_follow_up,
        channel_follow_up,
    ):
        taken_up = answer(ctx) if taken_up is None else taken_up
    return taken_up


def _asked_further(ctx: TurnContext) -> str | None:
    """Return the action that answered before, if its question is asked of another place, way or day: "and to Germany?", "and on sundays?"."""
    delivery = next((name for name in DELIVERY if last_action(ctx, name)), None)
    if delivery and not ctx.active_form and (place_in(ctx.text)[0] or _WAY.search(ctx.text)):
        return delivery
    return _HOURS if last_action(ctx, _HOURS) and asks_of_day(ctx.text) else None
