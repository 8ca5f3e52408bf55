"""Dates of orders and bills lie behind, those of deliveries and appointments ahead."""

from __future__ import annotations

from datetime import date

import pytest

from closer.conversations.values import normalise

#: A Monday.
TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        ("the invoice from march", "march", "2026-03-01"),
        ("bill of 12 may please", "12 may", "2026-05-12"),
        ("it says processing since thursday", "thursday", "2026-11-26"),
        ("i ordered that on tuesday", "tuesday", "2026-11-24"),
        ("i ordered that on monday", "monday", "2026-11-23"),
        ("paid for it on 3 december", "3 december", "2025-12-03"),
        ("the january bill", "january", "2026-01-01"),
        ("monday's order", "monday", "2026-11-23"),
        ("the one i placed on the 28th", "the 28th", "2026-11-28"),
        ("what did i order in february", "february", "2026-02-01"),
        ("what did we buy on the 3rd", "the 3rd", "2026-11-03"),
        ("my orders in october", "october", "2026-10-01"),
        ("deliver it on friday", "friday", "2026-12-04"),
        ("can it come on 3 march", "3 march", "2027-03-03"),
        ("call me on thursday", "thursday", "2026-12-03"),
        ("i need the invoice by monday", "monday", "2026-11-30"),
        ("ordered last friday", "last friday", "2026-11-27"),
        ("the invoice from march 2024", "march 2024", "2024-03-01"),
    ],
)
def test_the_words_around_a_date_tell_whether_it_has_passed(
    text: str, said: str, expected: str
) -> None:
    start = text.index(said)
    around = text[:start], text[start + len(said) :]
    assert normalise("date", said, today=TODAY, around=around) == expected
