"""Booking a call by an agent: the time, the number, and what it is about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from actions.forms import Task
from actions.handoff import moment
from actions.tasks.appointment_slots import (
    AppointmentSlot,
    CallNumberSlot,
    TopicSlot,
    asks_for_times,
    key_of,
    spread,
    topic_of,
)
from actions.tasks.appointments import replace_moved
from closer.handoff.records import Appointment
from closer.notifications import templates


class BookAppointment(Task):
    """Agrees on a call by an agent."""

    name = "book_appointment"
    title = "arranging a call"
    slots = {
        "appointment_slot": AppointmentSlot(),
        "appointment_topic": TopicSlot(),
        "phone": CallNumberSlot(),
    }
    needs_identity = False
    ticket_category = "handoff"
    keeps = ()

    async def begin(self, ctx: TurnContext) -> None:
        """Forget an earlier wish to move a call, if this is not it."""
        if (ctx.slot("moving_appointment") or {}).get("message_id") != ctx.message_id:
            ctx.set("moving_appointment", None)

    async def explain(self, ctx: TurnContext) -> bool:
        """Leave "what times do you have?" to the question that is put again, which names them."""
        return ctx.slot("appointment_slot") is None and asks_for_times(ctx.text)

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask for the time and the number; what it is about may be told."""
        return ["appointment_slot", "phone"]

    async def perform(self, ctx: TurnContext) -> None:
        """Book it, in place of the call that was to be moved; whoever waited in the queue waits no more."""
        booked = await ctx.services.appointments.book(
            customer_id=ctx.likely_customer_id or ctx.conversation_id,
            starts_at=datetime.fromisoformat(ctx.slot("appointment_slot")),
            topic=topic_of(ctx),
            phone=ctx.slot("phone"),
            conversation_id=ctx.conversation_id,
            idempotency_key=ctx.key(),
        )
        await ctx.services.handoff.abandon(ctx.conversation_id)
        await _confirm(ctx, booked)
        if (moved := await replace_moved(ctx)) is not None:
            ctx.say("utter_appointment_replaced", time=moment(moved.starts_at))
        ctx.say("utter_appointment_booked", time=moment(booked.starts_at), phone=booked.phone)


async def _confirm(ctx: TurnContext, booked: Appointment) -> None:
    customer = await ctx.services.customers.find(ctx.customer_id) if ctx.customer_id else None
    email = customer.email if customer else None
    await ctx.services.notifications.enqueue(
        templates.appointment_booked(
            ctx.services.settings.shop_name,
            customer.first_name if customer else None,
            starts_at=booked.starts_at,
            topic=booked.topic,
        ),
        channel="email" if email else "sms",
        address=email or booked.phone,
        customer_id=customer.id if customer else None,
        idempotency_key=booked.id,
    )


class AskAppointmentSlot(CloserAction):
    """Asks when to call, offering free times."""

    action_name = "action_ask_appointment_slot"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Offer up to four times as quick replies."""
        offered = (ctx.slot("task_data") or {}).get("offered")
        if not offered:
            free = await ctx.services.appointments.free_slots(limit=40)
            offered = [key_of(slot) for slot in spread(free)]
            ctx.set("task_data", {"offered": offered})
        times = [datetime.fromisoformat(item) for item in offered]
        buttons = [
            {
                "title": f"{at:%a} {at.day} {at:%b}, {at:%H:%M}",
                "payload": f'/inform{{"date":"{key}"}}',
            }
            for at, key in zip(times, offered, strict=True)
        ]
        ctx.say("utter_ask_which_time", buttons=buttons)
        return []


class AskAppointmentPhone(CloserAction):
    """Asks which number to call, offering the one on record."""

    action_name = "action_ask_book_appointment_form_phone"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Name the end of the number on record."""
        known: Any = await CallNumberSlot().known(ctx)
        if known:
            ctx.say("utter_ask_call_known_number", ending=known[-2:])
        else:
            ctx.say("utter_ask_call_number")
        return []
