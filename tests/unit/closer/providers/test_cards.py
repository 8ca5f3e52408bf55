"""Card numbers: whose they are, whether they can be right, how they are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closer.kit.errors import InvalidInput
from closer.providers.cards import check_card, masked
from closer.providers.payments import Card
from closer.providers.sandbox_payments import AWAY_CARD, TEST_CARDS

NOW = datetime(2026, 3, 10, tzinfo=timezone.utc)
VISA = Card("4242 4242 4242 4242", 3, 2026, "123")


@pytest.mark.parametrize(
    ("number", "cvc", "brand"),
    [
        ("4242-4242-4242-4242", "123", "visa"),
        ("5555555555554444", "123", "mastercard"),
        ("2223003122003222", "123", "mastercard"),
        ("378282246310005", "1234", "amex"),
    ],
)
def test_the_number_tells_the_brand(number: str, cvc: str, brand: str) -> None:
    assert check_card(Card(number, 12, 2030, cvc), NOW).id == brand


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "6011111111111117"}, "card.number"),  # a brand that we do not take
        ({"number": "4242424242424241"}, "card.number"),
        ({"number": "٤٢٤٢424242424242"}, "card.number"),
        ({"month": 13}, "card.expiry"),
        ({"month": 2}, "card.expiry"),
        ({"year": 2060}, "card.expiry"),
        ({"cvc": "1234"}, "card.cvc"),
    ],
)
def test_what_cannot_be_right_is_named(change: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        check_card(replace(VISA, **change), NOW)  # type: ignore[arg-type]
    assert error.value.extra["field"] == field


def test_a_card_holds_until_the_end_of_its_month() -> None:
    assert check_card(VISA, NOW).id == "visa"


def test_only_the_last_digits_are_shown() -> None:
    assert masked(check_card(VISA, NOW), VISA.number) == "Visa •••• 4242"


@pytest.mark.parametrize("number", [*TEST_CARDS, AWAY_CARD])
def test_every_test_card_passes_the_check(number: str) -> None:
    check_card(Card(number, 12, 2030, "1234" if number.startswith("37") else "123"), NOW)


@given(st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(place: int, more: int) -> None:
    digits = [int(digit) for digit in "4242424242424242"]
    digits[place + 1] = (digits[place + 1] + more) % 10
    wrong = replace(VISA, number="".join(map(str, digits)))
    with pytest.raises(InvalidInput):
        check_card(wrong, NOW)
