"""What is done with somebody's data: the sale of it, personal suggestions, and consent that is given or taken back."""

from __future__ import annotations

import re
from typing import Any

from actions.afterwards import remember_change
from actions.compliance import allow_sale_again, opt_out_of_sale, say_receipt
from actions.contact_opt_outs import stop_contact
from actions.context import TurnContext
from actions.forms import Task
from actions.mailbox_slot import EmailSlot
from actions.slot_types import Answer, SlotType
from actions.waiting import hand_over
from closer.customers.records import Customer
from closer.messaging.contact_wishes import only_asks, unwanted_channels

_AGAIN = re.compile(
    r"\b(opt(ing)? (me )?(back )?in|(can|may) (sell|share)\b.*\bagain|allow\b.*\bagain|(take back|undo|revoke|withdraw) my opt)\b",
    re.IGNORECASE,
)
_ON = re.compile(
    r"\b(?:turn|switch|put)\b.{0,50}\bon\b|\bback on\b|\benable\b|\b(?:personal\w*|profiling)\b.{0,30}\bagain\b",
    re.IGNORECASE,
)
_GIVES = re.compile(
    r"^\W*(?:i|we)\s+(?:hereby\s+|do\s+)*(?:consent|agree|give (?:you )?(?:my |our )?consent)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|never|no longer|withdraw|revoke|take back)\b|n['’]t\b|\b(?:do|wo|ca|did|wouldn?)nt\b",
    re.IGNORECASE,
)
_CONSENT = re.compile(r"\bconsent|\bpermission", re.IGNORECASE)
_ALL = re.compile(r"\b(?:all|everything|both|any of it)\b", re.IGNORECASE)
#: What somebody may allow or forbid, and the words for it.
_TOPICS = {
    "sale": r"\b(?:sell\w*|sold|sale|re-?s[oe]l[dl]\w*|shar(?:e|ed|ing)|third.part\w*|ads?\b|advert\w*|target\w*|re-?target\w*|track\w*"
    r"|brokers?|partners?|passed on)",
    "personalization": r"\bprofil(?:e|ing|ed)\b(?! (?:page|picture))|\bpersonal(?:i[sz]\w*)? (?:\w+ )?(?:recommend\w*|suggest\w*|offers?|content|tips?)"
    r"|\b(?:recommend\w*|suggestions?)\b",
    "newsletter": r"\bnewsletters?\b|\b(?:marketing|promo\w*|advertising|e)[ -]?(?:e-?)?mails?\b",
    "sms": r"\b(?:texts?|text messages?|sms)\b",
}
_BACK = "back"
#: Topics that have tasks of their own; here they count only where consent is spoken of.
_OF_OTHERS = ("newsletter", "sms")


class PrivacyTopicSlot(SlotType):
    """What is allowed or forbidden: `sale`, `personalization`, `newsletter`, `sms`; several at once."""

    correctable = False
    takes_words = True  # several topics in one message are no further wishes

    def read(self, ctx: TurnContext, answer: Answer) -> list[str] | None:
        """Return the topics; a mere "consent" names none, any other wish is about the sale."""
        found = [
            name for name, words in _TOPICS.items() if re.search(words, ctx.text, re.IGNORECASE)
        ]
        consent = _CONSENT.search(ctx.text) is not None
        if answer.asked:
            return list(_TOPICS) if _ALL.search(ctx.text) else found or None
        if not consent:
            found = [name for name in found if name not in _OF_OTHERS] or ["sale"]
        return found or None


class OptOutOfSale(Task):
    """Stops the sale of personal data, or suggestions from it, at once; nobody has to prove anything to be left alone."""

    name = "opt_out_of_sale"
    title = "the use of your data"
    slots = {"privacy_topic": PrivacyTopicSlot(), "email": EmailSlot()}
    needs_identity = False
    ticket_category = "privacy"
    keeps = ()

    async def begin(self, ctx: TurnContext) -> None:
        """Answer a question before anything is done; leave to others what is theirs."""
        topics = ctx.slot("privacy_topic") or []
        if unwanted_channels(ctx.text) and not topics:
            hand_over(ctx, self, "stop_contact")
        elif only_asks(ctx.text):
            ctx.say(
                f"utter_explain_{topics[0]}"
                if topics[:1] == ["personalization"]
                else "utter_explain_sale"
            )
            ctx.offer_after_answer("opt_out_of_sale_form", {"privacy_topic": topics or ["sale"]})
            self.finish(ctx, "answered")
        elif gives_consent(ctx.text) and (not topics or topics[0] in _OF_OTHERS):
            hand_over(ctx, self, "newsletter_subscription")

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Only a stranger is asked for the address."""
        if ctx.slot("privacy_topic") is None:
            return ["privacy_topic"]
        return [] if ctx.likely_customer_id else ["email"]

    async def perform(self, ctx: TurnContext) -> None:
        """Honour it and say so; a stranger gets the receipt by mail, if there is anything to be honoured."""
        services, customer_id = ctx.services, ctx.likely_customer_id
        stranger = customer_id is None
        customer = (
            await services.customers.find_by_email(ctx.slot("email"))
            if customer_id is None
            else await services.customers.get(customer_id)
        )
        topics = ctx.slot("privacy_topic")
        if not stranger and not set(topics) & set(_OF_OTHERS):
            back = {"privacy_topic": topics, "task_data": {_BACK: True}}
            remember_change(ctx, self.name, back)
        for topic in topics:
            if customer is not None:
                await _settle(ctx, customer, topic, silent=stranger)
        if stranger:
            ctx.say("utter_opted_out_stranger", email=ctx.slot("email"))


def gives_consent(text: str) -> bool:
    """Say whether somebody allows something: "I consent to ..." is no opt-out."""
    return _GIVES.search(text) is not None and _NOT.search(text) is None


async def _settle(ctx: TurnContext, customer: Customer, topic: str, *, silent: bool) -> None:
    """Carry a wish out; what allows more than before is only for who has proven to be the customer."""
    if topic in _OF_OTHERS:
        await stop_contact(ctx, {"newsletter": "email"}.get(topic, topic), customer.id)
        said: str = "utter_stopped_email" if topic == "newsletter" else "utter_stopped_sms"
    elif topic == "personalization":
        on = ctx.customer_id is not None and (
            _ON.search(ctx.text) is not None or gives_consent(ctx.text) or _taken_back(ctx)
        )
        source = f"chat:{ctx.channel}"
        await ctx.services.compliance.set_consent(customer.id, topic, on, source=source)
        said = "utter_suggestions_on" if on else "utter_suggestions_off"
    else:
        await _settle_sale(ctx, customer, silent=silent)
        return
    if not silent:
        ctx.say(said)


def _taken_back(ctx: TurnContext) -> bool:
    """Whether what was forbidden just now is allowed again: "turn that back on"."""
    return bool((ctx.slot("task_data") or {}).get(_BACK))


async def _settle_sale(ctx: TurnContext, customer: Customer, *, silent: bool) -> None:
    allows = _AGAIN.search(ctx.text) is not None or gives_consent(ctx.text) or _taken_back(ctx)
    request: Any
    if allows and ctx.customer_id:
        request, said = await allow_sale_again(ctx, customer.id), "utter_opted_in"
    else:
        request = await opt_out_of_sale(ctx, customer.id)
        said = "utter_opted_out_before" if customer.sale_opt_out else "utter_opted_out"
    if not silent:
        say_receipt(ctx, said, request, customer)
