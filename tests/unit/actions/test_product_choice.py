"""Which of the products shown a customer's words choose."""

from __future__ import annotations

from decimal import Decimal

import pytest

from actions.product_choice import chooses, chosen, common_name, compares, difference
from closer.catalog.records import Product
from closer.kit.money import Money
from tests.unit.closer.catalog.products import product

_SKILLETS = [
    product(1, "Forge cast-iron skillet, 20 cm", "thing", price=Money(Decimal("39.00"))),
    product(2, "Forge cast-iron skillet, 26 cm", "thing", price=Money(Decimal("49.00"))),
    product(3, "Forge cast-iron skillet, 30 cm", "thing", price=Money(Decimal("57.00"))),
]
_CASES = [
    product(4, "ClearShell phone case, clear", "thing", price=Money(Decimal("19.90"))),
    product(5, "ClearShell phone case, sea blue", "thing", price=Money(Decimal("19.90"))),
]
_TENTS = [
    product(6, "Basecamp 2 tent, 2 persons", "thing", price=Money(Decimal("259.00"))),
    product(7, "Basecamp 2 tent, 3 persons", "thing", price=Money(Decimal("329.00"))),
]


@pytest.mark.parametrize(
    ("text", "shown", "ids"),
    [
        ("the 26 one", _SKILLETS, ["P-0002"]),
        ("the biggest please", _SKILLETS, ["P-0003"]),
        ("ok the cheaper one", _SKILLETS, ["P-0001"]),
        ("the most expensive one", _SKILLETS, ["P-0003"]),
        ("number two", _SKILLETS, ["P-0002"]),
        ("the last one", _SKILLETS, ["P-0003"]),
        ("show me cheaper ones", _SKILLETS, []),
        ("the blue one please", _CASES, ["P-0005"]),
        ("not the blue one", _CASES, ["P-0004"]),
        ("the cheaper one", _CASES, ["P-0004", "P-0005"]),
        ("any colour will do", _CASES, ["P-0004"]),
        ("red", _CASES, []),
        ("2 persons", _TENTS, ["P-0006"]),
        ("the 3", _TENTS, ["P-0007"]),
    ],
)
def test_words_choose_among_what_was_shown(text: str, shown: list[Product], ids: list[str]) -> None:
    assert [one.id for one in chosen(text, shown)] == ids


def test_the_other_one_is_not_the_one_that_is_meant_so_far() -> None:
    assert chosen("no, the other one", _CASES, _CASES[0]) == [_CASES[1]]
    assert chosen("another colour please", _CASES, _CASES[1]) == [_CASES[0]]
    assert chosen("the other one", _CASES) == []


def test_variants_are_told_apart_by_what_they_do_not_share() -> None:
    assert difference(_TENTS[0], _TENTS) == "2 persons"
    assert common_name(_TENTS) == "Basecamp 2 tent"


@pytest.mark.parametrize(
    "text", ["the second one", "cheaper one pls", "the other one", "the red one"]
)
def test_picking_is_told_from_naming(text: str) -> None:
    assert chooses(text)


@pytest.mark.parametrize(
    "text", ["a yoga mat", "show me cheaper ones", "what is the difference between the first two"]
)
def test_naming_and_comparing_are_no_picking(text: str) -> None:
    assert not chooses(text)


def test_comparing_is_heard() -> None:
    assert compares("whats the difference between those")
    assert not compares("do you have different colours")
