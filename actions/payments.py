"""How one can pay."""

from __future__ import annotations

import re

from rasa_sdk.events import EventType

from actions.base import CloserAction
from actions.context import TurnContext
from closer.orders.payment_methods import PaymentMethod

_ALSO = {
    "visa": ("credit cards?", "debit cards?", "cards?"),
    "mastercard": ("master card", "maestro"),
    "amex": ("american express",),
    "paypal": ("pay pal",),
    "apple_pay": ("applepay",),
    "google_pay": ("gpay", "g pay", "googlepay"),
    "gift_card": ("gift ?cards?", "vouchers?", "gift certificates?"),
    "bank_transfer": ("wire( transfer)?", "bank wire", "transfer", "sepa", "giro"),
}
#: What people ask for and the shop does not take.
_UNKNOWN = re.compile(
    r"\b(klarna|afterpay|affirm|clearpay|bitcoin|btc|crypto\w*|ethereum|ideal|sofort|giropay|twint|venmo|zelle|cash ?app"
    r"|cash( on delivery)?|cod|cheques?|checks?|instal?lments?|monthly payments?|pay later|unionpay|union pay|diners( club)?"
    r"|discover|jcb|alipay|wechat( pay)?|amazon pay|samsung pay|skrill|western union|on account|money order|m-?pesa)\b",
    re.IGNORECASE,
)


class CheckPaymentMethods(CloserAction):
    """`check_payment_methods`: the ways to pay, or a yes or no to the one that was named."""

    action_name = "action_check_payment_methods"

    async def perform(self, ctx: TurnContext) -> list[EventType]:
        """Answer from the shop's list."""
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
    """Return a single name with a capital; several words stay as in a sentence."""
    return name.lower() if " " in name else name.capitalize()
