"""No more text messages, calls or mails: whoever says so in a chat or call is heard as by text message."""

from __future__ import annotations

import re
from typing import Any

from actions.contact_opt_outs import allow_contact, stop_contact
from actions.context import TurnContext
from actions.ended import ended_lately
from actions.forms import Task
from actions.mailbox_slot import EmailSlot
from actions.negation import NT
from actions.slot_types import Answer, PhoneSlot, SlotType
from actions.tasks.name_slot import goes_by
from actions.waiting import hand_over
from closer.messaging.contact_wishes import allows_again, only_asks, unwanted_channels

_CHANNELS = ("sms", "voice", "email")
_NAMED = {
    "sms": r"\b(?:texts?|texting|text messages?|sms|txts?|messages)\b",
    "voice": r"\b(?:calls?|calling|phone|ringing)\b",
    "email": r"\b(?:e-?mails?|mails?|mailings?|newsletters?)\b",
}
#: What is still wanted: "just e-mail me", "but keep the newsletter".
_WANTED = re.compile(
    r"\b(?:just|only|rather|but|instead|keep|prefer|use)\b[^,.;]*|[^,.;]*\b(?:are|is) (?:fine|ok(?:ay)?)\b"
)
#: Without any of these nothing is refused: "nobody picks up the phone".
_REFUSES = re.compile(
    rf"{NT}|\b(?:stop\w*|no|not|never|cease|quit|end|without|unsubscribe|remove|off|alone|enough|opt|block|rather|less|fewer|disable|cancel)\b",
    re.IGNORECASE,
)
_LIST = "newsletter_subscription"
_ALL = re.compile(r"\b(?:all|everything|any|completely|everywhere)\b", re.IGNORECASE)


class UnwantedChannelsSlot(SlotType):
    """The channels on which nothing is to come any more."""

    correctable = False

    def read(self, ctx: TurnContext, answer: Answer) -> list[str] | None:
        """Return the channels; when asked, also those that are merely named."""
        found = list(unwanted_channels(ctx.text))
        if found or not answer.asked:
            return found or self._named(ctx, _WANTED.sub("", ctx.text.lower()))
        return list(_CHANNELS) if _ALL.search(ctx.text) else self._named(ctx, ctx.text.lower())

    @staticmethod
    def _named(ctx: TurnContext, text: str) -> list[str] | None:
        entities = ctx.entities("channel") if ctx.text.startswith("/") else []
        return [
            name for name, words in _NAMED.items() if name in entities or re.search(words, text)
        ] or None


class StopContact(Task):
    """Keeps that somebody is not to be contacted on a channel; nobody has to prove anything for that."""

    name = "stop_contact"
    title = "not being contacted"
    slots = {
        "unwanted_channels": UnwantedChannelsSlot(),
        "phone": PhoneSlot(),
        "email": EmailSlot(),
    }
    needs_identity = False
    ticket_category = "privacy"
    keeps = ()

    async def begin(self, ctx: TurnContext) -> None:
        """Say what it does to somebody who only asks; who refuses nothing allows it again, or has something to complain about."""
        channels = ctx.slot("unwanted_channels") or []
        if goes_by(ctx.text):
            hand_over(ctx, self, "edit_account")
        elif not channels and ended_lately(ctx) == _LIST:  # "actually take me off again"
            hand_over(ctx, self, _LIST, newsletter_choice="unsubscribe")
        elif ctx.intent == self.name and channels and allows_again(ctx.text):
            await self._allow(ctx, channels)
        elif only_asks(ctx.text):
            ctx.say(
                f"utter_explain_stop_{channels[0]}" if len(channels) == 1 else "utter_explain_stop"
            )
            ctx.offer_after_answer("stop_contact_form", {"unwanted_channels": channels or None})
            self.finish(ctx, "answered")
        elif ctx.intent == self.name and not _refuses(ctx.text):
            hand_over(ctx, self, "complaint")

    async def _allow(self, ctx: TurnContext, channels: list[str]) -> None:
        """Take an opt-out back, which only the person can."""
        self.finish(ctx, "answered")
        if channels == ["email"]:
            hand_over(ctx, self, _LIST)
            return
        if ctx.customer_id is None:
            ctx.say("utter_allow_again_unproven")
            return
        for channel in channels:
            await allow_contact(ctx, channel, ctx.customer_id)
            ctx.say(f"utter_allowed_{channel}")

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask a stranger for the address that is meant."""
        channels = ctx.slot("unwanted_channels")
        if channels is None:
            return ["unwanted_channels"]
        if ctx.likely_customer_id:
            return []
        given = ctx.slot("phone") is not None or ctx.slot("email") is not None
        if len(channels) > 1 and given:
            return []
        return ["email"] if channels == ["email"] else ["phone"]

    async def perform(self, ctx: TurnContext) -> None:
        """Keep it and say it in words."""
        customer_id: Any = ctx.likely_customer_id
        done = []
        for channel in ctx.slot("unwanted_channels"):
            address = ctx.slot("email") if channel == "email" else ctx.slot("phone")
            if customer_id or address:
                known = await stop_contact(ctx, channel, customer_id, address)
                done.append(channel if known or channel == "email" else f"{channel}_no_phone")
        if done == list(_CHANNELS):
            ctx.say("utter_stopped_all")
            return
        for channel in done:
            ctx.say(f"utter_stopped_{channel}")


def _refuses(text: str) -> bool:
    """Whether words, or a quick reply, refuse anything."""
    return text.startswith("/") or _REFUSES.search(text) is not None
