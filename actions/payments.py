"""How one can pay."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from rasa_sdk.events import EventType

from actions.asked_after import answers_after
from actions.base import CloserAction
from actions.bought import order_like
from actions.context import TurnContext
from actions.order_slots import find_order
from actions.spoken_of import last_action, speak_of
from closer.kit.errors import NotFound
from closer.orders.payment_methods import FAILURES, PaymentMethod
from closer.orders.records import Order

_ALSO = {
    "visa": ("credit cards?", "debit cards?", "cards?"),
    "mastercard": ("master card", "maestro"),
    "amex": ("american express", "amex"),
    "paypal": ("pay pal",),
    "apple_pay": ("applepay",),
    "google_pay": ("gpay", "g pay", "googlepay"),
    "gift_card": ("gift ?cards?", "vouchers?", "gift certificates?"),
    "bank_transfer": ("wire( transfer)?", "bank wire", "transfer", "sepa", "giro"),
}
#: Asks whether or how an order was paid, and how one that waits for it can be.
_WAS_PAID = re.compile(
    r"\b(?:did|have) (?:you|u) (?:already )?charged? (?:me|my card)\b|\bwas i charged\b|\b(?:did|have|had|'ve) i (?:already )?(?:use|used|pay|paid)\b|\bi (?:paid|used)\b|\b(?:is|was|has|been|it'?s) (?:it |that |this |my order |the order |order \S+ )?(?:already |been )?(?:paid|charged)\b"
    r"|\bpayment (?:status|of|for) (?:my|the|this|that|order)\b",
    re.IGNORECASE,
)
_TO_BE_PAID = re.compile(
    r"\b(?:pay|paying|settle) (?:for )?(?:it|this|that|(?:my |the |this |that )?(?:\w+ )?order)\b|\bpay for \S*\d{4,}",
    re.IGNORECASE,
)
_POSTAGE = re.compile(r"\bpostage\b|\b(for|pay) (the|a|my) return\b", re.IGNORECASE)
_STATES = {
    "captured": "utter_payment_captured",
    "failed": "utter_payment_failed",
    "pending": "utter_payment_waits",
    "authorised": "utter_payment_reserved",
}
#: What people ask for and the shop does not take.
_UNKNOWN = re.compile(
    r"\b(klarna|afterpay|affirm|clearpay|bitcoin|btc|crypto\w*|ethereum|ideal|sofort|giropay|twint|venmo|zelle|cash ?app"
    r"|cash( on delivery)?|cod|cheques?|checks?|instal?lments?|monthly payments?|pay later|unionpay|union pay|diners( club)?"
    r"|discover|jcb|alipay|wechat( pay)?|amazon pay|samsung pay|skrill|western union|on account|money order|m-?pesa)\b",
    re.IGNORECASE,
)


_COMMON = re.compile(r"cash|cheques?|checks?|instal?lments?|crypto", re.IGNORECASE)


class CheckPaymentMethods(CloserAction):
    """`check_payment_methods`: the ways to pay, or a yes or no to the one that was named."""

    action_name = "action_check_payment_methods"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Answer from the shop's list, or by the payment of the order that is meant."""
        if await answers_after(ctx):
            return []
        if _POSTAGE.search(ctx.text):
            ctx.say("utter_return_postage")
            return []
        if (order := await self._order(ctx)) is not None:
            tell_payment(ctx, order)
            return []
        methods = ctx.services.orders.payment_methods()
        names = [method.name for method in methods]
        everything = f"{', '.join(names[:-1])} and {names[-1]}"
        asked = _named(ctx.text, list(methods))
        unknown = _UNKNOWN.search(ctx.text)
        if unknown:
            ctx.say("utter_payment_method_no", method=_cased(unknown[0]), methods=everything)
        elif asked is not None:
            ctx.say(
                "utter_payment_method_yes", method=asked.name, note=asked.note, methods=everything
            )
        else:
            ctx.say("utter_payment_methods", methods=everything)
        return []

    async def _order(self, ctx: TurnContext) -> Order | None:
        """Return the order whose payment is asked about: the one named or spoken of, one that waits, the latest."""
        again = ctx.intent == "inform" and last_action(ctx, self.action_name)  # "and for the shoes"
        was_paid, to_be_paid = again or _WAS_PAID.search(ctx.text), _TO_BE_PAID.search(ctx.text)
        if ctx.customer_id is None or not (was_paid or to_be_paid):
            return None
        known = await ctx.services.orders.latest(ctx.customer_id, 8)
        with suppress(NotFound):
            if (reference := ctx.entity("order_id") or ctx.slot("order_id")) is not None:
                known = [await find_order(ctx, str(reference)), *known]
        if ctx.entity("order_id") is None and (meant := order_like(known, ctx.text)) is not None:
            known = [meant]
        named = ctx.entity("order_id") is not None
        fitting = known if was_paid or named else [o for o in known if o.state == "placed"]
        return fitting[0] if fitting else None


async def unpaid_order(ctx: TurnContext) -> Order | None:
    """Return the order whose payment failed when a message names another way to pay it; None otherwise."""
    if (
        ctx.customer_id is None
        or _named(ctx.text, list(ctx.services.orders.payment_methods())) is None
    ):
        return None
    latest = await ctx.services.orders.latest(ctx.customer_id, 8)
    return next(
        (o for o in latest if o.payment and o.payment.state == "failed" and o.state == "placed"),
        None,
    )


def tell_payment(ctx: TurnContext, order: Order) -> None:
    """Say how an order was paid, or why it is not and what helps."""
    payment = order.payment
    state = payment.state if payment else "none"
    values: dict[str, Any] = {
        "order_id": order.id,
        "amount": str(payment.amount if payment else order.total),
        "method": payment.masked if payment else "",
        "failure": FAILURES.get(
            (payment.failure if payment else None) or "", "the bank gave no reason"
        ),
    }
    speak_of(ctx, order.id)
    ctx.say(_STATES.get(state, "utter_payment_none"), **values)
    if state == "failed":
        ctx.offer("action_handoff")
        ctx.say("utter_pay_with_colleague")


def _named(text: str, methods: list[PaymentMethod]) -> PaymentMethod | None:
    """Return the one way to pay that a text names, or None if it names none or several."""
    found = [
        method
        for method in methods
        if re.search(
            rf"\b({'|'.join((re.escape(method.name), *_ALSO.get(method.id, ())))})\b",
            text,
            re.IGNORECASE,
        )
    ]
    specific = [
        method
        for method in found
        if method.id != "visa" or re.search(r"\bvisa\b", text, re.IGNORECASE)
    ]
    if len(specific) == 1 and len(found) <= 2:
        return specific[0]
    return None


def _cased(name: str) -> str:
    """Return a single name with a capital; common words and several of them stay as in a sentence."""
    return name.lower() if " " in name or _COMMON.match(name) else name.capitalize()
