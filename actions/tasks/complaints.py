"""Complaints: taken as a ticket, with a promise."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from actions.bought import bought_item
from actions.confirming import is_asking
from actions.context import TurnContext
from actions.days import due_day
from actions.ended import ended_lately
from actions.intents import TASK_OF_INTENT
from actions.kept_early import KeptEarly, keep_early, kept_early
from actions.mail import Opened, open_ticket
from actions.mailbox_slot import EmailSlot
from actions.order_slots import find_order
from actions.slot_types import NO_ORDER, Answer, Filled, Invalid
from actions.telling import telling
from actions.tone import priority_of
from actions.waiting import came_back
from actions.wording import OptionalOrderSlot, WordsSlot, names_no_order
from closer.kit.errors import NotFound, Unavailable
from closer.orders.records import Order

_SURE, _SHORT = 0.9, 8
_ABOUT_GOODS = re.compile(
    r"\b(order\w*|parcel|package|deliver\w*|arriv\w*|driver|courier|box|item|product|bought|purchase\w*|broken|damaged|late|shipping"
    r"|shipped|refund\w*|return\w*|quality|missing|wrong)\b",
    re.IGNORECASE,
)


def _is_a_request(ctx: TurnContext) -> bool:
    """Whether something is surely asked for instead of told: another channel, or a short question for another task."""
    if ctx.confidence < _SURE:
        return False
    asks = is_asking(ctx) and len(ctx.text.split()) <= _SHORT and ctx.intent in TASK_OF_INTENT
    return ctx.intent == "switch_channel" or (asks and ctx.intent != "complaint")


class ComplaintSlot(WordsSlot):
    """What happened; which order it is about, or that it is about none, does not tell it yet."""

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the words that tell something."""
        barely = names_no_order(ctx.text) or ctx.entity("order_id") is not None
        only_order = barely and not telling(ctx.text)
        return None if only_order or _is_a_request(ctx) else super().read(ctx, answer)


class ComplaintOrderSlot(OptionalOrderSlot):
    """The order that a complaint is about, or none; somebody who tells more instead of naming one, or beside it, is heard."""

    near = frozenset({"change_order", "review", "product_info", "registration_problems"})

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Accept an order or none; words that name none of the orders belong to the complaint."""
        found = await super().check(ctx, value)
        more = ctx.text.strip()
        if value == NO_ORDER or not telling(more) or not ctx.slot("complaint_text"):
            return found
        if not isinstance(value, dict) and not ctx.slot("requested_slot"):
            return found  # the first message was taken already
        ctx.set("complaint_text", f"{ctx.slot('complaint_text')}\n{more}")
        return found if isinstance(found, Filled) else Filled(NO_ORDER)


class AnswerToSlot(EmailSlot):
    """Where a complaint is answered."""

    mixed_up = frozenset({"place_order"})  # "I have no order"


class Complaint(KeptEarly):
    """Takes a complaint as a ticket, with a promise by its due time, and offers a person."""

    name = "complaint"
    consoles = False
    title = "your complaint"
    needs_identity = False
    ticket_category = "complaint"
    ends_with_goodbye = True
    slots = {
        "complaint_text": ComplaintSlot(6),
        "order_id": ComplaintOrderSlot(),
        "email": AnswerToSlot(),
    }

    @staticmethod
    def suits(order: Order) -> bool:
        """Any order may be what it is about."""
        return True

    async def begin(self, ctx: TurnContext) -> None:
        """Take the first message for the complaint if it tells one."""
        whole = str(ctx.tracker.latest_message.get("text") or "")
        heard = [ctx.text, *([whole] if ctx.text in whole else [])]
        if said := next(filter(telling, heard), None):  # "12345 is late again, i want to complain"
            ctx.set("complaint_text", said)

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """What happened; which order, if it sounds like one; where to answer, if that is not known."""
        needed = ["complaint_text"]
        text = str(ctx.slot("complaint_text") or "")
        if ctx.customer_id and ctx.slot("order_id") is None and _ABOUT_GOODS.search(text):
            orders = await ctx.services.orders.latest(ctx.customer_id, 8)
            found = bought_item(text, orders)
            if found is not None:
                ctx.set("order_id", found[0].id)
            elif came_back(ctx):
                ctx.set("order_id", NO_ORDER)  # asked once, and something else came in between
            needed += ["order_id"] if orders else []
        if ctx.likely_customer_id is None:
            needed.append("email")
        elif text and [slot for slot in needed if ctx.slot(slot) is None] == ["order_id"]:
            with suppress(Unavailable):  # it is tried again at the end
                await _keep_early(ctx, text)
        return needed

    async def take_back(self, ctx: TurnContext, kept_id: str) -> None:
        """Close the ticket that was opened before the task came to its end."""
        who = ctx.likely_customer_id or "assistant"
        await ctx.services.tickets.transition(kept_id, "closed", actor=who)

    async def perform(self, ctx: TurnContext) -> None:
        """Open the ticket, or complete the one opened when it was told; say by when it is answered, and offer a person."""
        text, order_id = str(ctx.slot("complaint_text")), ctx.slot("order_id")
        about = order_id if order_id not in (None, NO_ORDER) else None
        facts = [f"Order: {about or 'none named'}"]
        if about and ctx.customer_id:
            facts.append(await _order_fact(ctx, about))
        if ctx.slot("email"):
            facts.append(f"Answer to: {ctx.slot('email')}")
        if kept_early(ctx):
            opened = await _complete(ctx, text, about, facts)
        else:
            opened = await open_ticket(
                ctx,
                subject=_headline(about, text),
                category="complaint",
                facts=[_quoted(text), *facts],
                priority=priority_of(text),
                address=ctx.slot("email"),
            )
        upset = opened.ticket.priority != "normal"
        said = "utter_complaint_taken_upset" if upset else "utter_complaint_taken"
        ctx.offer("action_handoff")
        ctx.say(
            "utter_complaint_told_more" if opened.again else said,
            ticket_id=opened.ticket.id,
            date=opened.day,
        )


async def _keep_early(ctx: TurnContext, text: str) -> None:
    """Open the ticket as soon as the complaint is told: who then leaves has complained all the same."""
    find = ctx.services.tickets.find_trouble
    if kept_early(ctx) or await find(ctx.conversation_id, "complaint", _subject(None)) is not None:
        return
    opened = await open_ticket(
        ctx,
        subject=_headline(None, text),
        category="complaint",
        facts=[_quoted(text)],
        priority=priority_of(text),
    )
    keep_early(ctx, opened.ticket.id, text=text)


async def _complete(ctx: TurnContext, text: str, about: str | None, facts: list[str]) -> Opened:
    """Write on the ticket opened early what was told since: the order, and further words."""
    kept, tickets = kept_early(ctx) or {}, ctx.services.tickets
    who = ctx.likely_customer_id or "assistant"
    more = text.removeprefix(kept["text"]).strip()
    body = "\n".join([_quoted(more), *facts] if more else facts)
    ticket = await tickets.tell_more(kept["id"], actor=who, body=body, priority=priority_of(text))
    if about:
        ticket = await tickets.rename(kept["id"], _headline(about, text))
    return Opened(ticket, due_day(ticket.due_at, ctx.services.clock.now()), again=False)


def _quoted(text: str) -> str:
    return f"In the customer's words: {text}"


def _headline(order_id: str | None, text: str) -> str:
    return f"{_subject(order_id)}: {' '.join(text.split())[:80]}"


def _subject(order_id: str | None) -> str:
    return f"Complaint, order {order_id}" if order_id else "Complaint"


async def complaint_is_about(ctx: TurnContext, order_id: str) -> bool:
    """Add the number of an order, told right after a complaint that named none, to its ticket; say whether it was one."""
    if ended_lately(ctx) != Complaint.name:
        return False
    find = ctx.services.tickets.find_trouble
    if await find(ctx.conversation_id, "complaint", _subject(order_id)) is not None:
        subject, facts = _subject(order_id), [f"Order: {order_id}"]
    elif await find(ctx.conversation_id, "complaint", _subject(None)) is not None:
        subject, facts = _subject(None), [f"Order: {order_id}", await _order_fact(ctx, order_id)]
    else:
        return False
    opened = await open_ticket(ctx, subject=subject, category="complaint", facts=facts)
    ctx.say("utter_complaint_told_more", ticket_id=opened.ticket.id, date=opened.day)
    return True


async def _order_fact(ctx: TurnContext, order_id: str) -> str:
    try:
        order = await find_order(ctx, order_id)
    except NotFound:
        return "That order is none of this customer's."
    names = ", ".join(item.name for item in order.items)
    return f"{order.state_words}, placed {order.placed_at:%Y-%m-%d}, {order.total}: {names}"
