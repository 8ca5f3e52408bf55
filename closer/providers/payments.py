"""What a vendor of payments must do, and what it is told.

Money is authorised before an order is placed and captured once the order is stored; an authorisation whose order never
came about is voided. The same idempotency key is the same payment, whatever became of it. What a card's number, expiry
and code are passes through to the vendor and is neither stored nor logged by us.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from closer.kit.errors import CloserError
from closer.kit.money import Money

#: Why a payment is declined, as the customer reads it.
REASONS = {
    "card_declined": "the bank declined the card",
    "insufficient_funds": "there is not enough money on it",
    "expired_card": "the card has expired",
    "authentication_failed": "the bank's confirmation was not completed",
    "gift_card_unknown": "there is no gift card with this code",
    "test_card_needed": "this is a demonstration: only test cards are taken, no real ones",
}


class PaymentDeclined(CloserError):
    """The vendor answered that it does not take this payment; its code is one of `REASONS`."""

    status, code, title = 402, "payment_declined", "The payment was declined"

    @classmethod
    def because(cls, reason: str) -> PaymentDeclined:
        """Return the error of a reason."""
        return cls(REASONS.get(reason, "the payment was declined"), code=reason)


@dataclass(frozen=True)
class Card:
    """A card as its holder typed it; it has no readable representation."""

    number: str = field(repr=False)
    month: int = field(repr=False)
    year: int = field(repr=False)
    cvc: str = field(repr=False)


@dataclass(frozen=True)
class Charge:
    """Money that is to be taken.

    Attributes:
        method: How it is paid: `card`, `gift_card` or a wallet such as `paypal`.
        idempotency_key: The same key is the same payment.
        card: For method `card`.
        gift_code: For method `gift_card`.
    """

    method: str
    amount: Money
    idempotency_key: str
    card: Card | None = None
    gift_code: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Authorisation:
    """Money that the vendor holds for us.

    Attributes:
        method: The shop's name of the way it was paid, e.g. `visa`.
        masked: What a customer recognises it by, e.g. `Visa •••• 4242`.
    """

    provider: str
    id: str
    method: str
    masked: str
    amount: Money


class PaymentProvider(Protocol):
    """Takes payments."""

    name: str

    async def authorise(self, charge: Charge) -> Authorisation:
        """Hold the money.

        Raises:
            InvalidInput: if a card cannot be right (`field` says what).
            PaymentDeclined: if it is not taken.
            ProviderError: if the vendor is away; the same key may be tried again.
        """
        ...

    async def find(self, idempotency_key: str) -> str | None:
        """Return the id of what is held under a key, for a payment whose outcome was not learned; None if nothing is."""
        ...

    async def capture(self, authorisation_id: str) -> None:
        """Take the money that is held; taking it again changes nothing.

        Raises:
            ProviderError: if the vendor is away or holds nothing under this id.
        """
        ...

    async def void(self, authorisation_id: str) -> None:
        """Let the money go; doing so again changes nothing.

        Raises:
            ProviderError: if the vendor is away, or the money was taken.
        """
        ...
