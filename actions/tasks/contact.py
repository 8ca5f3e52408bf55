"""Going on elsewhere."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.confirming import is_asking
from actions.context import TurnContext
from actions.ended import ended_lately
from actions.forms import Task, spoken_title
from actions.slot_types import Answer, ChoiceSlot, PhoneSlot
from actions.tasks.proof import AddressCodeSlot, code_needed
from actions.waiting import begin_with, hand_over
from closer.conversations.turn import Button
from closer.customers.records import Customer
from closer.messaging.contact_wishes import unwanted_channels
from closer.reach.records import OpenQuestion
from closer.reach.switching import question_in

_FEW = 6
_PLAIN = ("inform", "affirm", "nlu_fallback")
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


def channel_follow_up(ctx: TurnContext) -> list[EventType] | None:
    """Go on elsewhere where few words name another channel right after one that is not offered: "ok, then by text"."""
    short = len(ctx.text.split()) <= _FEW and ctx.intent in _PLAIN and not ctx.active_form
    if not short or ended_lately(ctx) != SwitchChannel.name or is_asking(ctx):
        return None
    found = ChannelSlot().read(ctx, Answer(slot="new_channel", asked=True))
    return begin_with(ctx, SwitchChannel.name) if found else None


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
