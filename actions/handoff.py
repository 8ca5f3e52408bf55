"""Handing over to a person: a queued request with reason, priority, transcript and ticket."""

from __future__ import annotations

import re
from datetime import datetime

from rasa_sdk.events import EventType, FollowupAction

from actions.base import CloserAction
from actions.call_words import asks_for_call
from actions.context import TurnContext
from actions.ended import ended_lately
from actions.forms import TASKS
from actions.in_line import end_wait, say_place, wants_nobody
from actions.tone import emotion_of
from actions.waiting import begin_with, put_aside
from closer.conversations.turn import to_json
from closer.handoff.records import HandoffRequest
from closer.kit.pagination import PageRequest

_LOOKED_BACK = 6
_TRANSCRIPT = 50
_OFTEN = 2


class Handoff(CloserAction):
    """Asks for a person: says the place in the queue, or out of hours what else is possible."""

    action_name = "action_handoff"
    mutates = True

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Queue the conversation; a wish to be called leads to an appointment instead."""
        if ctx.intent == "contact_human_agent" and (wants_call(ctx) or _speaks_by_phone(ctx)):
            return arrange_call(ctx)
        before = (await ctx.services.handoff.state(ctx.conversation_id)).state
        if before == "waiting" and ctx.intent == "contact_human_agent" and wants_nobody(ctx.text):
            await end_wait(ctx)
            return []
        request = await self._request(ctx)
        available = await ctx.services.handoff.availability()
        if before == "waiting":
            say_place(ctx, "utter_handoff_still_waiting", request)
        elif available.open or available.agents:
            say_place(ctx, "utter_handoff_waiting", request)
        else:
            ctx.offer("book_appointment_form")
            ctx.say(
                "utter_handoff_closed",
                opens=moment(available.opens_at),
                ticket_id=request.ticket_id,
            )
        return _then(ctx)

    async def sorry(self, ctx: TurnContext, error: Exception) -> list[EventType]:
        """Say how else people can be reached."""
        ctx.say("utter_handoff_down", email=ctx.services.settings.mail_from)
        return _then(ctx)

    async def _request(self, ctx: TurnContext) -> HandoffRequest:
        history = await ctx.services.conversations.history(
            ctx.conversation_id, PageRequest(limit=_TRANSCRIPT)
        )
        failures = _failures(ctx)
        task = ctx.active_form
        known = TASKS.get(task.removesuffix("_form"))
        return await ctx.services.handoff.request(
            conversation_id=ctx.conversation_id,
            reason=_reason(ctx, failures),
            customer_id=ctx.likely_customer_id,
            channel=ctx.channel,
            transcript=[to_json(entry) for entry in history.items],
            emotion=emotion_of(_last_words(ctx)),
            failures=failures,
            subject=f"A customer asks for a person; in progress: {known.title}" if known else None,
        )


def wants_call(ctx: TurnContext) -> bool:
    """Say whether the message asks for a call by appointment."""
    return asks_for_call(ctx.text)


def _speaks_by_phone(ctx: TurnContext) -> bool:
    return (
        ctx.channel != "voice"
        and re.search(r"\b(by|over the|on the|via|per) phone\b", ctx.text.lower()) is not None
    )


def _then(ctx: TurnContext) -> list[EventType]:
    """Leave it to the rule of the intent; after an accepted offer no rule goes on, so listen."""
    return [] if ctx.intent == "contact_human_agent" else [FollowupAction("action_listen")]


def arrange_call(ctx: TurnContext) -> list[EventType]:
    """Go on with an appointment; a task in progress waits."""
    _put_aside(ctx)
    return begin_with(ctx, "book_appointment")


def moment(at: datetime) -> str:
    """Return day and time in words; agents' hours are in UTC."""
    return f"{at:%A}, {at.day} {at:%B} at {at:%H:%M} UTC"


def _put_aside(ctx: TurnContext) -> None:
    """Keep the task in progress so that it goes on after the appointment."""
    task = TASKS.get(ctx.active_form.removesuffix("_form"))
    if task is None or task.name == "book_appointment":
        return
    put_aside(ctx, task, "book_appointment")


def _reason(ctx: TurnContext, failures: int) -> str:
    if any(intent == "crisis" for intent in _last_intents(ctx)):
        return "safety"
    if ctx.intent == "complaint" or (failures < _OFTEN and ended_lately(ctx) == "complaint"):
        return "complaint"
    return "repeated_failure" if failures >= _OFTEN or ctx.intent == "affirm" else "asked"


def _failures(ctx: TurnContext) -> int:
    """Count what went wrong lately: messages not understood, and invalid answers."""
    count, strikes = 0, 0
    for _, event in ctx.events_back(_LOOKED_BACK):
        if event.get("event") == "action" and event.get("name") in (
            "action_clarify",
            "action_default_fallback",
        ):
            count += 1
        elif event.get("event") == "slot" and event.get("name") == "strikes":
            strikes = max(strikes, int(event.get("value") or 0))
    return count + strikes


def _last_intents(ctx: TurnContext) -> list[str]:
    heard = [event for event in ctx.tracker.events if event.get("event") == "user"]
    parsed = [
        (event.get("parse_data") or {}).get("intent") or {} for event in heard[-_LOOKED_BACK:]
    ]
    return [str(intent.get("name") or "") for intent in parsed]


def _last_words(ctx: TurnContext) -> list[str]:
    said = [
        str(event.get("text") or "") for event in ctx.tracker.events if event.get("event") == "user"
    ]
    return said[-_LOOKED_BACK:]
