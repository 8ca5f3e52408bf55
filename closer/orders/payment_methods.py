"""How customers may pay."""

from __future__ import annotations

from dataclasses import dataclass

from closer.kit.errors import InvalidInput


@dataclass(frozen=True)
class PaymentMethod:
    """A way to pay; `immediate` ones are authorised on ordering, others are waited for."""

    id: str
    name: str
    immediate: bool
    note: str


PAYMENT_METHODS: tuple[PaymentMethod, ...] = (
    PaymentMethod("visa", "Visa", True, "charged when the order is confirmed"),
    PaymentMethod("mastercard", "Mastercard", True, "charged when the order is confirmed"),
    PaymentMethod("amex", "American Express", True, "charged when the order is confirmed"),
    PaymentMethod("paypal", "PayPal", True, "charged when the order is confirmed"),
    PaymentMethod("apple_pay", "Apple Pay", True, "charged when the order is confirmed"),
    PaymentMethod("google_pay", "Google Pay", True, "charged when the order is confirmed"),
    PaymentMethod("gift_card", "Gift card", True, "taken from the card's balance"),
    PaymentMethod(
        "bank_transfer", "Bank transfer", False, "we pack once the money is here, 1 to 3 days"
    ),
)
_BY_ID = {method.id: method for method in PAYMENT_METHODS}
_OTHER_NAMES = {
    "card": "visa",
    "credit_card": "visa",
    "debit_card": "visa",
    "american_express": "amex",
}

#: Why payments fail, as customers read it.
FAILURES = {
    "card_declined": "the bank declined the card",
    "insufficient_funds": "the account does not hold enough",
    "expired_card": "the card has expired",
    "authentication_failed": "the bank's confirmation was not completed",
}


def payment_method(text: str) -> PaymentMethod:
    """Return a way to pay by its id or name.

    Raises:
        InvalidInput: if there is none.
    """
    wanted = "_".join(text.strip().casefold().replace("-", " ").split())
    method = _BY_ID.get(_OTHER_NAMES.get(wanted, wanted))
    if method is None:
        known = ", ".join(other.name for other in PAYMENT_METHODS)
        raise InvalidInput(f"we take {known}", field="payment_method")
    return method
