from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closer.customers.countries import COUNTRIES
from closer.kit.errors import InvalidInput
from closer.kit.money import Money
from closer.orders.delivery import delivery_option, delivery_options, zone_of
from closer.orders.payment_methods import PAYMENT_METHODS, payment_method

TUESDAY = datetime(2026, 3, 10, 12, tzinfo=timezone.utc)


@given(
    country=st.sampled_from(sorted(COUNTRIES)),
    hours=st.integers(0, 1000),
    cents=st.integers(0, 100_000),
)
def test_there_is_always_a_way_and_it_arrives_on_a_business_day(
    country: str, hours: int, cents: int
) -> None:
    at = TUESDAY + timedelta(hours=hours)
    ways = delivery_options(country, Money(cents / 100), at)  # type: ignore[arg-type]
    assert {"standard", "express"} <= {way.method for way in ways}
    for way in ways:
        assert at < way.earliest <= way.latest
        assert way.latest.weekday() < 5
        assert way.price.amount >= 0


def test_standard_delivery_is_free_from_fifty_on() -> None:
    assert str(delivery_option("standard", "US", Money("49.99"), TUESDAY).price) == "$4.95"  # type: ignore[arg-type]
    assert str(delivery_option("standard", "US", Money("50.00"), TUESDAY).price) == "$0.00"  # type: ignore[arg-type]


def test_after_the_cut_off_it_leaves_a_day_later() -> None:
    before, after = (
        delivery_option("express", "US", Money("5"), TUESDAY + timedelta(hours=h)) for h in (1, 3)
    )  # type: ignore[arg-type]
    assert after.earliest - before.earliest == timedelta(days=1)


def test_zones() -> None:
    assert [zone_of(country) for country in ("US", "CA", "DE", "JP")] == [
        "home",
        "near",
        "europe",
        "world",
    ]
    with pytest.raises(InvalidInput):
        delivery_option("pickup", "JP", Money("5"), TUESDAY)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "found"),
    [("Visa", "visa"), ("apple pay", "apple_pay"), ("credit-card", "visa"), (" AMEX ", "amex")],
)
def test_payment_methods_by_name(name: str, found: str) -> None:
    assert payment_method(name).id == found


def test_unknown_payment_methods_name_the_known_ones() -> None:
    with pytest.raises(InvalidInput) as error:
        payment_method("beads")
    assert all(method.name in error.value.detail for method in PAYMENT_METHODS)
