"""How many pieces people mean."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from actions.pieces import named_singly, pieces_named


@dataclass(frozen=True)
class Bought:
    line: int
    name: str
    quantity: int


OIL = [Bought(1, "Cedar beard oil, unscented", 3)]
SPORTS = [Bought(1, "Band resistance set, 3 bands", 1), Bought(2, "Aero bike helmet, white", 2)]
DESK = [Bought(1, "Brick portable SSD, 1 TB", 3), Bought(2, "Candle soy candle, fig", 2)]


@pytest.mark.parametrize(
    ("words", "items", "pieces"),
    [
        ("2 of the 3 beard oils leaked, money back for those two", OIL, {1: 2}),
        ("only 1 of the 2", SPORTS, {2: 1}),
        ("no just ONE not both", SPORTS, {2: 1}),
        ("return 1 helmet from 38673", SPORTS, {2: 1}),
        ("I bought 3 and one is broken", OIL, {1: 1}),
        ("not 2, just 1", OIL, {1: 1}),
        ("just the one", OIL, {1: 1}),
        ("all three of the oils", OIL, {1: 3}),
        ("two SSDs and one candle", DESK, {1: 2, 2: 1}),
        ("both candles", DESK, {2: 2}),
        ("everything", DESK, {1: 3, 2: 2}),
        ("the 1 TB SSD", DESK, {}),
        ("the set with the 3 bands", SPORTS, {}),
        ("it broke after 2 days", OIL, {}),
        ("refund that one", OIL, {}),
        ("$2 back", OIL, {}),
        ("38432", OIL, {}),
    ],
)
def test_numbers_of_pieces(words: str, items: list[Bought], pieces: dict[int, int]) -> None:
    assert pieces_named(words, items) == pieces


def test_a_number_without_a_name_goes_to_what_is_spoken_of() -> None:
    assert pieces_named("just two", DESK) == {}
    assert pieces_named("just two", DESK, [1]) == {1: 2}


def test_a_thing_in_the_singular_leaves_open_how_many() -> None:
    assert named_singly("the helmet", SPORTS[1])
    assert not named_singly("the helmets", SPORTS[1])
    assert not named_singly("order 38673", SPORTS[1])
