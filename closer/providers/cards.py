"""Card numbers: whose they are, whether they can be right, and how they are shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from closer.kit.errors import InvalidInput
from closer.providers.payments import Card


@dataclass(frozen=True)
class Brand:
    """A kind of card: `id` is the shop's name of the way to pay."""

    id: str
    name: str
    pattern: re.Pattern[str]
    cvc_length: int = 3


BRANDS: tuple[Brand, ...] = (
    Brand("visa", "Visa", re.compile(r"4(\d{12}|\d{15}|\d{18})")),
    Brand(
        "mastercard",
        "Mastercard",
        re.compile(r"(5[1-5]\d{14}|2(22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12})"),
    ),
    Brand("amex", "American Express", re.compile(r"3[47]\d{13}"), cvc_length=4),
)


def digits_of(number: str) -> str:
    """Return a card number without the spaces and dashes that people write."""
    return re.sub(r"[\s-]", "", number)


def check_card(card: Card, now: datetime) -> Brand:
    """Return the brand of a card that can be right.

    Raises:
        InvalidInput: naming the `field`: `card.number`, `card.expiry` or `card.cvc`.
    """
    number = digits_of(card.number)
    brand = next((brand for brand in BRANDS if brand.pattern.fullmatch(number)), None)
    if brand is None:
        names = ", ".join(brand.name for brand in BRANDS)
        raise InvalidInput(f"that is no card number of {names}", field="card.number")
    if not _adds_up(number):
        raise InvalidInput("a digit of the card number is wrong", field="card.number")
    if not 1 <= card.month <= 12 or (card.year, card.month) < (now.year, now.month):
        raise InvalidInput("the card's expiry date is over or wrong", field="card.expiry")
    if card.year > now.year + 20:
        raise InvalidInput("the card's expiry date is too far away", field="card.expiry")
    if re.fullmatch(rf"[0-9]{{{brand.cvc_length}}}", card.cvc) is None:
        raise InvalidInput(f"the security code has {brand.cvc_length} digits", field="card.cvc")
    return brand


def masked(brand: Brand, number: str) -> str:
    """Return what may be shown and kept of a card: `Visa •••• 4242`."""
    return f"{brand.name} •••• {digits_of(number)[-4:]}"


def _adds_up(number: str) -> bool:
    """The check that all card numbers pass (ISO/IEC 7812, Luhn)."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
