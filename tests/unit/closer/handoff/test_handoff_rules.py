"""The rules of handing over."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closer.handoff import policy
from closer.handoff.repository import takes
from closer.tickets.policy import PRIORITIES

TUESDAY = datetime(2026, 3, 10, 10, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("reason", "emotion", "failures", "priority"),
    [
        ("asked", None, 0, "normal"),
        ("low_confidence", None, 2, "normal"),
        ("low_confidence", None, 3, "high"),
        ("asked", "angry", 0, "high"),
        ("asked", "furious", 0, "urgent"),
        ("complaint", None, 0, "high"),
        ("complaint", "angry", 5, "urgent"),
        ("threat", None, 0, "urgent"),
    ],
)
def test_emotion_and_failure_raise_the_priority(
    reason: str, emotion: str | None, failures: int, priority: str
) -> None:
    assert policy.priority_for(reason, emotion, failures) == priority


@given(
    st.text(max_size=12), st.sampled_from([None, "angry", "furious", "calm"]), st.integers(0, 50)
)
def test_the_priority_is_always_one_of_the_four(
    reason: str, emotion: str | None, failures: int
) -> None:
    assert policy.priority_for(reason, emotion, failures) in PRIORITIES


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (TUESDAY, True),
        (TUESDAY.replace(hour=7, minute=59), False),
        (TUESDAY.replace(hour=8, minute=0), True),
        (TUESDAY.replace(hour=20, minute=0), False),
        (TUESDAY + timedelta(days=4), True),  # Saturday
        (TUESDAY + timedelta(days=5), False),  # Sunday
    ],
)
def test_business_hours(at: datetime, is_open: bool) -> None:
    assert policy.is_open(at) is is_open


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(timezone.utc)))
def test_the_next_opening_is_open_and_never_before(at: datetime) -> None:
    opening = policy.next_opening(at)
    assert opening >= at
    assert policy.is_open(opening)
    assert opening - at < timedelta(days=3)


@pytest.mark.parametrize(
    ("position", "capacity", "busy", "wait"),
    [(1, 0, 0, None), (1, 2, 1, 0), (2, 2, 1, 2), (1, 2, 2, 2), (4, 2, 2, 8), (1, 1, 1, 4)],
)
def test_the_expected_wait(position: int, capacity: int, busy: int, wait: float | None) -> None:
    durations = [timedelta(minutes=3), timedelta(minutes=5)]
    expected = None if wait is None else timedelta(minutes=wait)
    assert policy.expected_wait(position, capacity, busy, durations) == expected


def test_without_past_talks_the_usual_length_is_taken() -> None:
    assert policy.expected_wait(1, 1, 1, []) == policy.USUAL_DURATION


@given(st.integers(1, 30), st.integers(1, 10), st.integers(0, 10))
def test_who_is_further_back_never_waits_less(position: int, capacity: int, busy: int) -> None:
    first = policy.expected_wait(position, capacity, busy, [])
    second = policy.expected_wait(position + 1, capacity, busy, [])
    assert first is not None
    assert second is not None
    assert second >= first


def test_slots_fill_the_day_and_end_with_it() -> None:
    slots = policy.slots_of(TUESDAY)
    assert (len(slots), slots[0].hour) == (24, 8)
    assert slots[-1] + policy.SLOT == TUESDAY.replace(hour=20, minute=0)
    assert policy.slots_of(TUESDAY + timedelta(days=5)) == []


def test_skills() -> None:
    assert takes([], "general")
    assert takes(["billing"], "billing")
    assert not takes(["returns"], "billing")
