"""While somebody waits for a person: their place and ticket told truthfully, and the wait ended when they want it no more."""

from __future__ import annotations

import re
from datetime import timedelta

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from actions.days import due_day
from actions.meanings import PERSON
from actions.negation import NT
from closer.handoff.records import HandoffRequest
from closer.tickets.records import Ticket

_TICKET = re.compile(r"\bticket|\breference\b|\bcase (?:number|id|no)\b", re.IGNORECASE)
#: "I don't need a person anymore", "no agent after all".
_NO_PERSON = re.compile(
    r"\b(?:do(?:es)?\s?n['’]?o?t|do not|no longer|not)\s+(?:really\s+|even\s+)?(?:need|want|require|have to (?:speak|talk))\b(?!.{0,20}\b(?:bot|robot|machine)\b)"
    r"|\b(?:cancel|forget|call off|drop|withdraw)\b.{0,20}\b(?:person|human|agent|colleague|handoff|request|queue)\b"
    r"|\bno (?:person|human|agent|colleague|one) (?:needed|any ?more|after all)\b|\bstop waiting\b|\b(?:leave|out of) the (?:queue|line)\b",
    re.IGNORECASE,
)
_INSTEAD_OF_A_PERSON = re.compile(
    r"\bnever ?mind\b|\b(?:you|u) (?:can|could|may|might) (?:help|do it|sort)\b", re.IGNORECASE
)
#: "It's fine, I sorted it", "found the answer myself": nobody is needed any more.
_SOLVED = re.compile(
    r"\b(?:sorted|solved|figured (?:it )?out|worked (?:it )?out|found (?:it|the answer|out)|no need|all good(?: now)?)\b",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    rf"\b(?:not|never|nothing|nobody|still|yet|want|please|get)\b|{NT}", re.IGNORECASE
)
#: "Nvm, where's 45603": what was under way is dropped for what follows.
_DROPS = re.compile(
    r"\W*(?:(?:ok(?:ay)?|oh|ah|actually|no|well)\W+)*(?:never ?mind|nvm|forget (?:it|that))\b",
    re.IGNORECASE,
)
_SHORT = 6
#: "It's about a double charge": told to somebody who was asked for.
_REASON = re.compile(
    r"\W*(?:(?:ok(?:ay)?|thanks|thank you|great|well|so|fyi|btw)\W+)*(?:it'?s|its|it is|this is|that'?s|i'?m (?:calling|writing|here))"
    r" (?:all |just |really )?(?:about|because|regarding|concerning|to do with|over)\b",
    re.IGNORECASE,
)
#: Intents of messages that hold no wish of their own.
_TOLD = ("inform", "nlu_fallback")


class AskWaiting(CloserAction):
    """`ask_waiting`: how long it takes until a person comes, and under which ticket."""

    action_name = "action_ask_waiting"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Tell the place in the queue; to somebody who does not wait, their latest ticket, or that a person can be had."""
        from actions.asked_after import answers_after  # noqa: PLC0415 - it stands on this module

        if await tell_place(ctx) or await answers_after(ctx):
            return []
        if not await tell_ticket(ctx):
            ctx.offer("action_handoff")
            ctx.say("utter_not_waiting")
        return []


async def tell_ticket(ctx: TurnContext) -> bool:
    """Tell by when the newest ticket of the conversation is answered, or how it stands; return whether there is one to tell of.

    One that is closed is told only where a ticket is asked for.
    """
    ticket = await ctx.services.tickets.newest(ctx.conversation_id)
    if ticket is None or not (ticket.is_open or _TICKET.search(ctx.text)):
        return False
    if ticket.is_open:
        say_when_answered(ctx, ticket)
    else:
        state = ticket.state.replace("_", " ")
        ctx.say("utter_latest_ticket", ticket_id=ticket.id, state=state)
    return True


def say_when_answered(ctx: TurnContext, ticket: Ticket) -> None:
    """Tell by when an open ticket is answered, and offer a person now."""
    ctx.offer("action_handoff")
    date = due_day(ticket.due_at, ctx.services.clock.now())
    ctx.say("utter_ticket_answered_by", ticket_id=ticket.id, date=date, buttons=[PERSON])


async def tell_place(ctx: TurnContext) -> bool:
    """Tell somebody who waits their place, their ticket and how long it takes; return whether they wait."""
    return await _say_to_waiting(ctx, "utter_waiting_told")


async def noted_while_waiting(ctx: TurnContext) -> bool:
    """Say to somebody who waits for a person that what they tell without any wish is for that person; return whether it was."""
    if ctx.active_form or ctx.intent not in _TOLD or ctx.entity("order_id", "product"):
        return False
    if _SOLVED.search(ctx.text) and not _NOT_YET.search(ctx.text):
        return await end_wait(ctx)
    return any(map(str.isalnum, ctx.text)) and await note_for_person(ctx)


async def note_for_person(ctx: TurnContext) -> bool:
    """Say that what was told is for the person who is waited for; return whether one is."""
    return await _say_to_waiting(ctx, "utter_noted_while_waiting")


def tells_reason(ctx: TurnContext) -> bool:
    """Say whether a message tells what something is about, as one tells a person: "it's about a double charge"."""
    return _REASON.match(ctx.text) is not None


async def end_wait(ctx: TurnContext) -> bool:
    """End the wait for a person, if there is one, and say so; return whether there was."""
    request = await _waiting(ctx)
    if request is None:
        return False
    await ctx.services.handoff.abandon(ctx.conversation_id)
    ctx.say("utter_waiting_ended", ticket_id=request.ticket_id)
    return True


def gives_up_waiting(ctx: TurnContext) -> bool:
    """Say whether a part of a message calls the person off that was asked for: "never mind, you can help: where's ..."."""
    return _DROPS.match(ctx.text) is not None or any(
        clause["intent"]["name"] in ("stop", "stop_waiting")
        or _INSTEAD_OF_A_PERSON.search(str(clause["text"]))
        for clause in ctx.clauses
    )


def say_place(ctx: TurnContext, response: str, request: HandoffRequest) -> None:
    """Tell the place in the queue, the wait and the ticket."""
    if request.state != "waiting":  # a person has just taken it
        ctx.say("utter_handoff_with_agent")
        return
    first = request.position == 1
    place = "you're next in line" if first else f"you're number {request.position} in line"
    ctx.say(response, place=place, wait=_wait(request.expected_wait), ticket_id=request.ticket_id)


def _wait(expected: timedelta | None) -> str:
    if expected is None:
        return "as soon as somebody is free"
    minutes = round(expected.total_seconds() / 60)
    return f"in about {minutes} minutes" if minutes > 1 else "in a moment"


def wants_nobody(text: str) -> bool:
    """Say whether somebody speaks of a person because none is wanted any more."""
    return _NO_PERSON.search(text) is not None


async def asked_while_waiting(ctx: TurnContext) -> bool:
    """Answer a short "how long?" of somebody who waits for a person: it is not about a delivery."""
    named = ctx.entities("order_id", "product", "date", "delivery_city", "delivery_country")
    if named or len(ctx.text.split()) > _SHORT:
        return False
    return re.search(
        r"\b(?:deliver\w*|arriv\w*|ship\w*|parcel|order)\b", ctx.text.lower()
    ) is None and await tell_place(ctx)


async def _waiting(ctx: TurnContext) -> HandoffRequest | None:
    """Return the conversation's request for a person, as long as it waits for one."""
    request = await ctx.services.handoff.current(ctx.conversation_id)
    return request if request is not None and request.state == "waiting" else None


async def _say_to_waiting(ctx: TurnContext, response: str) -> bool:
    request = await _waiting(ctx)
    if request is not None:
        say_place(ctx, response, request)
    return request is not None
