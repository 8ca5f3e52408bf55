"""The time that a wording reaches over."""

from datetime import datetime, timezone

import pytest

from actions.days import due_day, span_of


def at(*day):
    return datetime(*day, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("first", "said", "since", "until"),
    [
        ("2026-02-01", "invoices from last month", at(2026, 2, 1), at(2026, 3, 1)),
        ("2025-01-01", "bills of 2025 please", at(2025, 1, 1), at(2026, 1, 1)),
        ("2024-01-01", "from last year", at(2024, 1, 1), at(2025, 1, 1)),
        ("2026-03-02", "from last week", at(2026, 3, 2), at(2026, 3, 9)),
        ("2026-03-04", "of 4 March", at(2026, 3, 4), at(2026, 3, 5)),
        ("2026-01-01", "since january", at(2026, 1, 1), None),
        ("no date", "since january", None, None),
    ],
)
def test_spans(first, said, since, until):
    assert span_of(first, said) == (since, until)


def test_a_due_day_is_said_by_its_distance():
    now = at(2026, 3, 10, 9)
    assert due_day(at(2026, 3, 10, 20), now) == "the end of today"
    assert due_day(at(2026, 3, 11), now) == "tomorrow, Wednesday, 11 March"
    assert due_day(at(2026, 3, 12), now) == "Thursday, 12 March"
