"""Which of the things that somebody bought words mean, and which they leave out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from actions.bought import items_named, place_named

LINES: Any = [
    SimpleNamespace(line=1, name="Linen summer dress, terracotta"),
    SimpleNamespace(line=2, name="Meadow sandals, tan"),
    SimpleNamespace(line=3, name="Cozy wool socks, mustard"),
]


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("the dress and the socks", [1, 3]),
        ("not the summer dress but the sandals", [2]),
        ("not the linen dress i meant the socks", [3]),
        ("the sandals, not the wool socks", [2]),
        ("everything", [1, 2, 3]),
        ("the second one", [2]),
        ("the third order", []),
    ],
)
def test_what_is_not_meant_is_left_out(said: str, lines: list[int]) -> None:
    assert [item.line for item in items_named(said, LINES)] == lines


@pytest.mark.parametrize(
    ("said", "of_orders", "place"),
    [
        ("the first one", False, 0),
        ("the 3rd", False, 2),
        ("the second order", False, None),
        ("the second order", True, 1),
        ("for the second time", False, None),
        ("the first one please", True, 0),
        ("my first complaint", True, None),
        ("last week", True, None),
    ],
)
def test_a_place_in_a_list_is_read(said: str, of_orders: bool, place: int | None) -> None:
    assert place_named(said, of_orders=of_orders) == place
