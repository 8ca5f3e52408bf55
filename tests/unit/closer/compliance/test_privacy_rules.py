"""The rules of privacy requests."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closer.compliance import policy
from closer.compliance.holders import to_plain
from closer.compliance.records import Consent
from closer.kit.errors import Conflict
from closer.kit.money import Money

TUESDAY = datetime(2026, 3, 10, 10, tzinfo=timezone.utc)
_MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(timezone.utc))


@pytest.mark.parametrize("kind", ["data_deletion", "data_export"])
def test_gdpr_gives_thirty_days(kind: str) -> None:
    assert policy.due_at(kind, TUESDAY) == TUESDAY + timedelta(days=30)


def test_ccpa_gives_fifteen_business_days() -> None:
    assert policy.due_at("opt_out", TUESDAY) == TUESDAY + timedelta(days=21)
    friday = TUESDAY + timedelta(days=3)
    assert policy.due_at("opt_out", friday) == friday + timedelta(days=21)


@given(_MOMENTS)
def test_fifteen_business_days_end_on_a_business_day(at: datetime) -> None:
    due = policy.due_at("opt_out", at)
    days = (at + timedelta(days=n) for n in range(1, (due - at).days + 1))
    assert due.weekday() < 5
    assert sum(day.weekday() < 5 for day in days) == 15


@given(st.sampled_from(policy.STATES), st.sampled_from(policy.STATES))
def test_only_the_tables_transitions_are_allowed(old: str, new: str) -> None:
    if new in policy.TRANSITIONS[old]:
        policy.check_transition(old, new)
    else:
        with pytest.raises(Conflict):
            policy.check_transition(old, new)


def test_what_is_done_or_refused_stays_so() -> None:
    assert policy.TRANSITIONS["completed"] == policy.TRANSITIONS["refused"] == frozenset()


def test_records_become_plain_data() -> None:
    record = Consent("sale", False, "web", TUESDAY)
    given = {
        "a": (record,),
        "b": MappingProxyType({"m": Money(Decimal("1.5"))}),
        "c": Decimal("2.50"),
        "d": None,
    }
    assert to_plain(given) == {
        "a": [{"purpose": "sale", "granted": False, "source": "web", "at": str(TUESDAY)}],
        "b": {"m": {"amount": "1.50", "currency": "USD"}},
        "c": "2.50",
        "d": None,
    }
