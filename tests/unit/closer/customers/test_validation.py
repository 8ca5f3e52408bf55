from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closer.customers import validation
from closer.customers.countries import COUNTRIES, country_code, country_name
from closer.customers.records import ACCOUNT_TYPES
from closer.kit.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(202) 555-0143", "+12025550143"),
        ("+44 7700 900123", "+447700900123"),
        ("0049 171 3920012", None),
        ("555", None),
        ("call me", None),
        ("+1 202 555 0143 99999", None),
    ],
)
def test_phones(text: str, number: str | None) -> None:
    if number is None:
        with pytest.raises(InvalidInput):
            validation.clean_phone(text)
    else:
        assert validation.clean_phone(text) == number


def test_phones_are_read_by_region() -> None:
    assert validation.clean_phone("0171 3920012", "DE") == "+491713920012"


@pytest.mark.parametrize("email", ["User@Example.com", " user@example.com "])
def test_emails_are_normalised(email: str) -> None:
    assert validation.clean_email(email) == "user@example.com"


@pytest.mark.parametrize(
    "email", ["", "user", "user@", "@example.com", "a b@example.com", "user@localhost", None, 5]
)
def test_what_is_no_email(email: Any) -> None:
    with pytest.raises(InvalidInput):
        validation.clean_email(email)


@given(st.text())
def test_texts_come_out_plain_or_not_at_all(text: str) -> None:
    try:
        clean = validation.clean_text(text, "street")
    except InvalidInput:
        return
    assert clean == " ".join(clean.split())
    assert 0 < len(clean) <= 120
    assert validation.clean_text(clean, "street") == clean


@given(st.sampled_from(ACCOUNT_TYPES), st.booleans())
def test_tiers(tier: str, upper: bool) -> None:
    assert validation.clean_account_type(tier.upper() if upper else tier) == tier


@given(
    st.dictionaries(
        st.text(max_size=5), st.one_of(st.none(), st.integers(), st.text(max_size=20)), max_size=5
    )
)
def test_preferences_pass_as_they_are(preferences: dict[str, Any]) -> None:
    assert validation.clean_preferences(preferences) == preferences


@pytest.mark.parametrize(
    "preferences", [None, [], "x", {1: 2}, {"x": object()}, {"x": float("nan")}]
)
def test_preferences_are_plain_objects(preferences: Any) -> None:
    with pytest.raises(InvalidInput):
        validation.clean_preferences(preferences)


@pytest.mark.parametrize("code", COUNTRIES)
def test_countries_by_code_and_name(code: str) -> None:
    assert country_code(code.lower()) == country_code(country_name(code).upper()) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("USA", "US"),
        ("england", "GB"),
        ("Turkiye", "TR"),
        ("Espa\u00f1a", "ES"),
        ("Narnia", None),
        ("", None),
    ],
)
def test_countries_as_people_write_them(text: str, code: str | None) -> None:
    assert country_code(text) == code


def test_hashes_do_not_mix_kinds() -> None:
    assert validation.email_hash("x") != validation.phone_hash("x")
