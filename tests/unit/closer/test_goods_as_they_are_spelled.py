"""Goods as people spell and measure them."""

from __future__ import annotations

import pytest

from closer.catalog.spelled import spelled_as
from closer.catalog.words import fold

_NAMES = {"candle", "charger", "puzzle", "bottle", "phone", "shoes", "white"}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("two candels", "two candle"),
        ("2 puzles", "2 puzzle"),
        ("da fone", "da phone"),
        ("do you charge for that", "do you charge for that"),
        ("while you wait", "while you wait"),
    ],
)
def test_only_what_hardly_can_be_another_word_is_put_right(said: str, meant: str) -> None:
    assert spelled_as(said, _NAMES) == meant


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("the twelve kilo one", "the 12kg one"),
        ("55 inches", "55inch"),
        ("2 litres", "2l"),
        ("one in 39", "one in 39"),
    ],
)
def test_measures_are_read_as_they_are_said(said: str, written: str) -> None:
    assert fold(said) == written
