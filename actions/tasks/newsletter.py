"""The newsletter: ordering it, ending it, questions about it."""

from __future__ import annotations

import re
from typing import Any

from actions.after_task import letters_go_elsewhere
from actions.confirming import confirmation
from actions.context import TurnContext
from actions.forms import Task
from actions.mailbox_slot import EmailSlot
from actions.slot_types import Answer, ChoiceSlot, Filled, Invalid
from actions.spoken_of import told_lately
from actions.tasks.proof import AddressCodeSlot, code_needed
from actions.waiting import hand_over
from closer.customers.records import Customer
from closer.messaging.contact_wishes import only_asks, unwanted_channels
from closer.notifications import account_templates

_END = (
    r"un-? ?sub\w*",
    r"unsuscribe",
    r"stop\w*",
    r"cancel\w*",
    r"cancelation",
    r"end(ing)?",
    r"quit",
    r"no more",
    r"no (?:ads?|adverts?|advertising|promo\w*|marketing)",
    r"remove\w*",
    r"off",
    r"get rid",
    r"leave",
    r"leaving",
    r"opt(ed)?[ -]?(me )?out",
    r"opt-out",
    r"don'?t (want|send)",
    r"dont (want|send)",
    r"do not (want|send)",
    r"not want",
    r"take me off",
    r"delete",
    r"terminate",
    r"discontinue",
    r"spam(ming)?",
    r"deregister",
    r"withdraw",
    r"(?:far |way )?too (?:many|much|often)",
    r"(?:fewer|less)",
    r"drop",
)
_BEGIN = (
    r"sub", r"subscrib\w*", r"suscribe", r"sign\w*( me)? up", r"signup", r"join", r"start", r"(get|have|receive) (your|ur|the|a|news)", r"receive", r"want (the|your|ur|a|to get|to receive)",
    r"like (the|your|ur|a|to get|to receive)", r"add me", r"put me (on|down)", r"register", r"enrol\w*", r"opt[ -]?in", r"send me", r"^\W*(?:(?:can|could|would|will) (?:you|u) |please |pls )*(?:send|mail|e-?mail) (?:the|your|ur|a)", r"on(to)? (the|your|ur)", r"consent to", r"agree to", r"newsletter (pls|please|too|as well|also)", r"also (the|your|ur|a) news", r"^\W*(your|the|ur|a) newsletter\W*$",
)  # fmt: skip
_QUESTION = re.compile(
    r"\bhow (often|much|many|frequent\w*|long)\b|^(is|are|do|does|what'?s?|when|which|why|who)\b|\b(cost|free|pay for|contain|content|about)\b",
    re.IGNORECASE,
)

_NEEDS_ACCOUNT = re.compile(
    r"\b(?:need|have|must|require\w*)\b.{0,20}\b(?:account|regist\w*|sign(?:ed)? up)\b",
    re.IGNORECASE,
)

#: "Do I get your newsletter?" orders none.
_ASKS_WHETHER = re.compile(
    r"^\W*(?:(?:hi|hey|hello|so|and|um+|please)\W+)*(?:do i (?:already |still |even )?(?:get|receive|have)|am i (?:already |still |even )?(?:on|subscribed|signed|registered|getting))\b",
    re.IGNORECASE,
)
#: "Do you have a newsletter?" orders none either.
_ASKS_FOR_ONE = re.compile(
    r"\b(?:do (?:you|u|ya)(?: guys| lot)?|does (?:the|your|this) \w+|have you|is there)\s+(?:also |still |even )?(?:have|got|do|send|offer|publish)?\s*(?:out )?(?:an?|any|the|your)?\b(?=.{0,12}\bnews)",
    re.IGNORECASE,
)
_STOP_THEM = re.compile(
    r"\b(?:stop|cancel|end|quit)\w*\s+(?:them|those|these|it all|sending|getting|mailing|the (?:mails?|emails?|letters?|newsletters?))\b",
    re.IGNORECASE,
)
#: "Leave it on", "keep them coming", "turn it back on".
_STAYS_ON = re.compile(
    r"\b(?:leave|keep|turn|switch|put) (?:it|them|that|me|the \w+) (?:back )?(?:on|coming)\b|\bstay (?:on|subscribed)\b|^\W*(?:(?:no|actually|wait|ok|just)\W+)*keep it\b",
    re.IGNORECASE,
)
_AFTER_ALL = re.compile(r"\b(?:no wait|wait|actually|on second thoughts?|i mean)\b")
_WANTS_IT = re.compile(
    r"\b(?:i (?:do )?(?:want|like|need)|i'?d like|keep|sign me up|send) (?:it|them|to keep it|the newsletter)\b|\bsubscribe me\b"
)
_ASKS = "asks"
_ASKS_TO_LEAVE = "asks to leave"


class NewsletterChoiceSlot(ChoiceSlot):
    """`subscribe` or `unsubscribe`; the words that end it win, as in "end my subscription"."""

    def __init__(self) -> None:
        super().__init__({"unsubscribe": _END, "subscribe": _BEGIN})
        self.correctable = True

    def claims(self, ctx: TurnContext) -> bool:
        """Say whether the letters are to stop, not the talk about them."""
        return _STOP_THEM.search(ctx.text) is not None

    def read(self, ctx: TurnContext, answer: Answer) -> str | None:
        """Return the direction; when already settled only a plain word changes it."""
        text = _ASKS_FOR_ONE.sub(" ", re.sub(r"\S+@\S+", " ", ctx.text.lower()))
        if ctx.slot(answer.slot) is not None and not re.search(r"\b(un)?subscribe\b", text):
            return None
        if _STAYS_ON.search(text):
            return "subscribe"
        after_all = _AFTER_ALL.split(text)[-1]
        if after_all != text and _WANTS_IT.search(after_all):
            return "subscribe"  # "stop it... no, actually i want it"
        for direction, words in (("unsubscribe", _END), ("subscribe", _BEGIN)):
            if any(re.search(rf"\b{word}\b", text) for word in words):
                asks = answer.asked and direction == "unsubscribe" and only_asks(ctx.text)
                return _ASKS_TO_LEAVE if asks else direction
        if answer.asked and _QUESTION.search(text):
            return _ASKS
        agrees = answer.asked and ctx.slot(answer.slot) is None and confirmation(ctx)
        return "subscribe" if agrees else None  # "would you like to get it?"

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Answer a question before the wish is told."""
        if value in (_ASKS, _ASKS_TO_LEAVE):
            ctx.say("utter_newsletter_info" if value == _ASKS else "utter_explain_unsubscribing")
            return Filled(None)
        return Filled(value)


class NewsletterEmailSlot(EmailSlot):
    """Where the newsletter goes; who asks whether an account is needed for it hears that none is."""

    def read(self, ctx: TurnContext, answer: Answer) -> Any | None:
        """Return the address, or that it was asked about."""
        found = super().read(ctx, answer)
        asks = answer.asked and found is None and _NEEDS_ACCOUNT.search(ctx.text)
        return _ASKS if asks else found

    async def check(self, ctx: TurnContext, value: Any) -> Filled | Invalid:
        """Answer a question before the address is given."""
        if value == _ASKS:
            ctx.say("utter_newsletter_without_account")
            return Filled(None)
        return await super().check(ctx, value)


class NewsletterSubscription(Task):
    """Orders or ends the newsletter; a stranger proves the address by a one-time code before anything is sent there."""

    name = "newsletter_subscription"
    title = "the newsletter"
    slots = {
        "newsletter_choice": NewsletterChoiceSlot(),
        "email": NewsletterEmailSlot(),
        "contact_code": AddressCodeSlot(),
    }
    needs_identity = False
    ticket_category = "other"
    keeps = ()

    async def begin(self, ctx: TurnContext) -> None:
        """Answer a question about the newsletter, and one about leaving it before anything is ended."""
        if ctx.slot("newsletter_choice") is None and letters_go_elsewhere(ctx):
            ctx.set("newsletter_choice", "subscribe")
        if ctx.customer_id is None and ctx.slot("email") is None:
            ctx.set("email", told_lately(ctx, "email"))  # for the account opened just before
        unwanted = unwanted_channels(ctx.text)
        if unwanted and not re.search(r"newsletter|bulletin|list", ctx.text, re.IGNORECASE):
            hand_over(ctx, self, "stop_contact")
        elif ctx.slot("newsletter_choice") == "unsubscribe" and only_asks(ctx.text):
            ctx.say("utter_explain_unsubscribing")
            ctx.offer_after_answer(self.form, {"newsletter_choice": "unsubscribe"})
            self.finish(ctx, "answered")
        elif _ASKS_WHETHER.search(ctx.text) and (writer := await _writer(ctx)) is not None:
            self._tell(ctx, writer)
        elif ctx.slot("newsletter_choice") is None and _QUESTION.search(ctx.text):
            ctx.say("utter_newsletter_info")

    def _tell(self, ctx: TurnContext, writer: Customer) -> None:
        """Say whether somebody gets the newsletter, and offer it to who does not."""
        if writer.newsletter:
            ctx.say("utter_already_subscribed")
        else:
            ctx.say("utter_newsletter_not_subscribed")
            ctx.offer(self.form, {"newsletter_choice": "subscribe"})
        self.finish(ctx, "answered")

    async def wanted(self, ctx: TurnContext) -> list[str]:
        """Ask a stranger for the address; ordering needs its proof, ending does not."""
        customer = await _writer(ctx)
        email, choice = ctx.slot("email"), ctx.slot("newsletter_choice")
        if choice is None:
            return ["newsletter_choice"]
        if customer is not None and email in (None, customer.email):
            return []
        if choice == "subscribe" and email is not None:
            return await code_needed(self, ctx, email, "email")
        return ["email"]

    async def perform(self, ctx: TurnContext) -> None:
        """Keep the wish as consent and say so by mail."""
        wanted = ctx.slot("newsletter_choice") == "subscribe"
        customer, email = await _writer(ctx), ctx.slot("email")
        if customer is None or email not in (None, customer.email):
            customer = await ctx.services.customers.find_by_email(email)
        address = email or (customer.email if customer else None)
        changed = await self._keep(ctx, customer, address, wanted=wanted)
        if changed and address:
            await ctx.services.notifications.enqueue(
                account_templates.newsletter_changed(
                    ctx.services.settings.shop_name,
                    customer.first_name if customer else None,
                    subscribed=wanted,
                    by_stranger=ctx.likely_customer_id is None,
                ),
                channel="email",
                address=address,
                customer_id=customer.id if customer else None,
                idempotency_key=ctx.key("newsletter"),
            )
        known = email is None and not changed
        said = "subscribed" if wanted else "unsubscribed"
        ctx.say(
            f"utter_already_{said}" if known else f"utter_{said}", email=email or "your address"
        )

    @staticmethod
    async def _keep(
        ctx: TurnContext, customer: Customer | None, email: str | None, *, wanted: bool
    ) -> bool:
        changed = False
        if customer is not None and customer.newsletter != wanted:
            await ctx.services.compliance.set_consent(
                customer.id, "marketing_email", wanted, source=f"chat:{ctx.channel}"
            )
            changed = True
        if email and not wanted:
            return await ctx.services.newsletter.unsubscribe(email) or changed
        if email and customer is None:
            await ctx.services.newsletter.subscribe(email)
            return True
        return changed


async def _writer(ctx: TurnContext) -> Customer | None:
    """Return who writes; whom we only suppose it to be may end the newsletter, not order it."""
    ends = ctx.slot("newsletter_choice") == "unsubscribe"
    customer_id = ctx.likely_customer_id if ends else ctx.customer_id
    return await ctx.services.customers.find(customer_id) if customer_id else None
