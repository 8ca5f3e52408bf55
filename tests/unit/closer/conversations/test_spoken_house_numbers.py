"""House numbers as they are said, whole or piece by piece."""

from __future__ import annotations

import pytest

from closer.conversations.value_numbers import house_number_in_digits


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("fourteen Queen Street", "14 Queen Street"),
        ("forty-two pine road", "42 pine road"),
        ("three oh five west oak street", "305 west oak street"),
        ("two twelve maple drive", "212 maple drive"),
        ("four double two pine road", "422 pine road"),
        ("twelve thirty five lake view", "1235 lake view"),
        ("one hundred and seven high street", "107 high street"),
        ("12 elm street", "12 elm street"),
        ("seven", "seven"),
    ],
)
def test_a_spoken_house_number_is_written_in_digits(said: str, written: str) -> None:
    assert house_number_in_digits(said) == written
