"""Values as customers write them, and what becomes of them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closer.conversations import values
from closer.conversations.value_numbers import number_of

TODAY = date(2024, 5, 15)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("today", "2024-05-15"),
        ("yesterday", "2024-05-14"),
        ("tmrw morning", "2024-05-16"),
        ("the day before yesterday", "2024-05-13"),
        ("day after tomorrow", "2024-05-17"),
        ("two weeks ago", "2024-05-01"),
        ("a month ago", "2024-04-15"),
        ("in 2 days", "2024-05-17"),
        ("last Friday", "2024-05-10"),
        ("last wednesday", "2024-05-08"),
        ("next Monday", "2024-05-20"),
        ("friday", "2024-05-17"),
        ("thurs", "2024-05-16"),
        ("3 March", "2024-03-03"),
        ("March 3rd", "2024-03-03"),
        ("3rd of March 2023", "2023-03-03"),
        ("December 24", "2023-12-24"),
        ("march 2024", "2024-03-01"),
        ("2024-05-01", "2024-05-01"),
        ("31.12.2025", "2025-12-31"),
        ("4/5/2024", "2024-05-04"),
        ("5/13/2024", "2024-05-13"),
        ("on the 8th", "2024-05-08"),
        ("last week", "2024-05-06"),
        ("next month", "2024-06-01"),
        ("last year", "2023-01-01"),
        ("christmas eve", "2023-12-24"),
        ("last summer", "2023-06-01"),
        ("2023", "2023-01-01"),
        ("31 February", None),
        ("banana", None),
        ("", None),
    ],
)
def test_dates(text, expected):
    assert values.normalise_date(text, TODAY) == expected


def test_the_month_may_come_first():
    assert values.normalise_date("4/5/2024", TODAY, day_first=False) == "2024-04-05"


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("$160", "160.00", "USD"),
        ("45 euros", "45.00", "EUR"),
        ("CHF 80", "80.00", "CHF"),
        ("1.299,00 €", "1299.00", "EUR"),
        ("1,299.00", "1299.00", "USD"),
        ("1,299", "1299.00", "USD"),
        ("64,30", "64.30", "USD"),
        ("two hundred and fifty pounds", "250.00", "GBP"),
        ("$1k", "1000.00", "USD"),
        ("16 pounds 50", "16.50", "GBP"),
        ("5 dollars and 20 cents", "5.20", "USD"),
        ("20 cents", "0.20", "USD"),
        ("3000 kr", "3000.00", "NOK"),
        ("R$ 50", "50.00", "BRL"),
        ("fifty quid", "50.00", "GBP"),
    ],
)
def test_money(text, amount, currency):
    assert values.normalise_money(text).as_json() == {"amount": amount, "currency": currency}


def test_money_without_currency_is_in_the_shops():
    assert values.normalise_money("12.50", "EUR").currency == "EUR"
    assert values.normalise_money("nothing") is None


@pytest.mark.parametrize("text", ["$" + "9" * 30, "9" * 30 + "k", "9" * 30 + " and 50 cents"])
def test_a_run_of_digits_is_no_amount(text):
    assert values.normalise_money(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2", 2), ("1,500", 1500), ("three", 3), ("a dozen", 12), ("half a dozen", 6), ("two dozen", 24),
        ("a couple", 2), ("twenty-five", 25), ("two hundred and fifty", 250), ("x3", 3), ("zero", None), ("some day", None),
    ],
)  # fmt: skip
def test_quantities(text, expected):
    assert values.normalise_quantity(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4 stars", 4), ("5/5", 5), ("two out of five", 2), ("8/10", 4), ("eight out of ten", 4), ("4.5 stars", 5),
        ("zero stars", 1), ("three and a half stars", 4), ("3", 3), ("9 stars", None), ("good", None), ("60/100", 3),
    ],
)  # fmt: skip
def test_ratings(text, expected):
    assert values.normalise_rating(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#12345", "12345"),
        ("ord-2023-0042", "ORD-2023-0042"),
        (" 000123-x. ", "000123-X"),
        ("order", None),
    ],
)
def test_ids(text, expected):
    assert values.normalise_id(text) == expected


def test_phones_and_addresses():
    assert values.normalise_phone("020 7946 0018", "GB") == "+442079460018"
    assert values.normalise_phone("+1 415 555 0134") == "+14155550134"
    assert values.normalise_phone("12") is None
    assert values.normalise_email(" J.Doe@Example.ORG, ") == "j.doe@example.org"
    assert values.normalise_email("j.doe@") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Premium", "premium"),
        ("premuim", "premium"),
        ("gold account", "gold"),
        ("silver", None),
    ],
)
def test_account_types(text, expected):
    assert values.normalise_account_type(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text message", "sms"),
        ("E-Mail", "email"),
        ("telephon", "voice"),
        ("web chat", "web"),
        ("whatsap", "whatsapp"),
        ("pigeon", None),
    ],
)
def test_channels(text, expected):
    assert values.normalise_channel(text) == expected


def test_what_cannot_be_read_stays_as_written():
    assert values.normalise("date", "some  day", today=TODAY) == "some day"
    assert values.normalise("person_name", "Anna  Kowalska", today=TODAY) == "Anna Kowalska"
    assert values.normalise("refund_amount", "$5", today=TODAY) == {
        "amount": "5.00",
        "currency": "USD",
    }


@given(st.text(max_size=40))
def test_no_text_breaks_a_normaliser(text):
    for entity in (
        "order_id",
        "email",
        "phone",
        "date",
        "money",
        "quantity",
        "rating",
        "account_type",
        "channel",
    ):
        assert values.normalise(entity, text, today=TODAY) is not None


@given(st.integers(1, 10**6))
def test_digits_mean_themselves(number):
    assert number_of(str(number)) == number
    assert number_of(f"{number:,}") == number
