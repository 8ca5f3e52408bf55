"""Numbers that are said digit by digit."""

from __future__ import annotations

import pytest

from closer.conversations.value_numbers import spoken_digits


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("my order one two three four seven please", "12347"),
        ("it's one two double three", "1233"),
        ("nine oh four one", "9041"),
        ("1 2 3 4 7", "12347"),
        ("send it to one two to four", "1224"),
    ],
)
def test_digits_said_one_by_one_are_a_number(text: str, digits: str) -> None:
    assert spoken_digits(text) == digits


@pytest.mark.parametrize(
    "text", ["12347", "call me at 202 555 0177", "i want to go for one", "two or three", ""]
)
def test_other_numbers_are_none(text: str) -> None:
    assert spoken_digits(text) is None
