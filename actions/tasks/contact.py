"""Going on elsewhere, and calls by appointment."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from actions.forms import Task, spoken_title
from actions.handoff import moment
from actions.slot_types import Answer, ChoiceSlot, PhoneSlot
from actions.tasks.appointment_slots import (
    AppointmentSlot,
    CallNumberSlot,
    TopicSlot,
    key_of,
    spread,
    topic_of,
)
from actions.tasks.appointments import replace_moved
from actions.tasks.proof import AddressCodeSlot, code_needed
from actions.waiting import hand_over
from closer.conversations.turn import Button
from closer.customers.records import Customer
from closer.handoff.records import Appointment
from closer.messaging.contact_wishes import unwanted_channels
from closer.notifications import templates
from closer.reach.records import OpenQuestion
from closer.reach.switching import question_in

_ELSEWHERE = ("whatsapp", "social")
#: What people call a channel, and its name.
_CHANNEL = {"app": "mobile"}


class ChannelSlot(ChoiceSlot):
    """The channel to go on with."""

    def __init__(self) -> None:
        super().__init__(
            {
                "sms": ("sms", "text( message)?s?", "txt", "texting"),
                "email": ("e-?mails?", "mail", "inbox"),
                "voice": ("phone", "call", "voice", "telephone", "speak", "ring"),
                "app": ("app", "mobile app", "android", "ios", "on my mobile", "smartphone"),
                "web": (
                    "web( ?site)?",
                    "browser",
                    "computer",
                    "laptop",
                    "desktop",
                    "pc",
                    "online chat",
                    "live chat",
                ),
                "whatsapp": ("whats ?app", "wa"),
                "social": (
                    "instagram",
                    "facebook",
                    "messenger",
                    "telegram",
                    "signal",
                    "twitter",
                    "wechat",
                    "viber",
                    "discord",
                    "skype",
                    "imessage",
                ),
            },
            "channel",
        )
        self.correctable = True

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return where to go; of "from the web to sms" the place after "to"."""
        if (
            ctx.slot(answer.slot) is not None
            and not answer.asked
            and ctx.intent != "switch_channel"
        ):
            return None
        text = ctx.text.lower()
        for part in (text.rsplit(" to ", 1)[-1], text):
            found = self._named(part)
            if found:
                return found
        return super().read(ctx, answer)

    def _named(self, text: str) -> str | None:
        return next((value for word, value in self._words if re.search(rf"\b{word}\b", text)), None)


class SwitchChannel(Task):
    """Goes on elsewhere: the first message is sent there, and the wish is kept."""

    name = "switch_channel"
    title = "going on elsewhere"
    slots = {"new_channel": ChannelSlot(), "phone": PhoneSlot(), "contact_code": AddressCodeSlot()}
    needs_identity = False
    ticket_category = "technical"
    keeps = ()

    async def begin(self, ctx: TurnContext) -> None:
        """Never take "stop texting me" for a wish to go on by text message."""
        if unwanted_channels(ctx.text):
            hand_over(ctx, self, "stop_contact")

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask for a number if there is none on record; it counts once a code proved it."""
        channel = ctx.slot("new_channel")
        if channel is None:
            return ["new_channel"]
        if channel in _ELSEWHERE or _CHANNEL.get(channel, channel) == ctx.channel:
            said = "utter_channel_not_offered" if channel in _ELSEWHERE else "utter_channel_is_this"
            ctx.say(said)
            self.finish(ctx, "answered")
            return []
        customer = await _customer(ctx)
        if channel != "sms" or customer is None or customer.phone:
            return []
        if ctx.slot("phone") is None:
            return ["phone"]
        return await code_needed(self, ctx, ctx.slot("phone"), "sms")

    async def perform(self, ctx: TurnContext) -> None:
        """Keep the preference and send the first message there."""
        channel, customer = ctx.slot("new_channel"), await _customer(ctx)
        settings = ctx.services.settings
        number = settings.twilio_from_number
        if customer is None:
            said = channel if channel in ("email", "app", "web") or number else "no_number"
            ctx.say(f"utter_channel_visitor_{said}", email=settings.mail_from, phone=number)
            return
        by = f"msg:{ctx.message_id}"
        if ctx.slot("phone") and not customer.phone:
            customer = await ctx.services.customers.update(
                customer.id, phone=ctx.slot("phone"), by=by
            )
        await ctx.services.customers.update_preferences(customer.id, {"channel": channel}, by=by)
        address = None
        if channel != "voice" or await _can_call(ctx, customer):
            switch = await ctx.services.reach.switch(
                customer.id,
                ctx.channel,
                _CHANNEL.get(channel, channel),
                by=f"msg:{ctx.conversation_id}",
                topic=_topic_of_waiting(ctx),
                question=_question_of_waiting(ctx),
                idempotency_key=ctx.message_id,
            )
            address = switch.address if channel != "voice" else None
        said = "no_number" if channel == "voice" and not number else channel
        ctx.say(f"utter_channel_{said}", address=_shown(channel, address), phone=number)


async def _can_call(ctx: TurnContext, customer: Customer) -> bool:
    """Say whether we would know a call of the customer, who calls us: then it takes up what goes on."""
    reason, _ = await ctx.services.reach.obstacle(customer.id, "voice")
    return reason is None


def _topic_of_waiting(ctx: TurnContext) -> str | None:
    """Return what the wish to go on elsewhere has interrupted."""
    waiting = ctx.slot("interrupted") or []
    return spoken_title(waiting[-1]["task"]) if waiting else None


def _question_of_waiting(ctx: TurnContext) -> OpenQuestion | None:
    """Return what was asked when the wish to go on elsewhere came, if a task waits for its answer."""
    if not ctx.slot("interrupted"):
        return None
    begun = passed = False
    buttons: tuple[Button, ...] = ()
    for event in reversed(ctx.tracker.events):
        kind = event.get("event")
        begun = begun or (kind == "active_loop" and event.get("name") == "switch_channel_form")
        if begun and kind == "user":
            if passed:
                return None
            passed = True
        elif passed and kind == "bot":
            offered = (event.get("data") or {}).get("buttons") or []
            buttons = buttons or tuple(Button.parse_obj(item) for item in offered)
            if found := question_in(str(event.get("text") or "")):
                return OpenQuestion(found, buttons)
    return None


def _shown(channel: str, masked: str | None) -> str:
    if not masked:
        return ""
    return f"ending in {masked[-2:]}" if channel == "sms" else masked


async def _customer(ctx: TurnContext) -> Customer | None:
    return await ctx.services.customers.find(ctx.customer_id) if ctx.customer_id else None


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
    customer = await _customer(ctx)
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
