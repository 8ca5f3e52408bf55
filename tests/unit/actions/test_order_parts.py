"""Whether a whole order or a part of it is to be called off."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from actions.order_parts import lines_off, part_to_cancel

ORDER: Any = SimpleNamespace(
    items=[
        SimpleNamespace(line=1, name="Stride 2 running shoes, white", quantity=1),
        SimpleNamespace(line=2, name="Hydra insulated bottle, 0.5 l", quantity=3),
    ]
)


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("cancel just the bottle from my order", [2]),
        ("cancel the bottle in order 12346", [2]),
        ("i don't need the shoes any more, cancel them", [1]),
        ("cancel the shoes and one of the bottles", [1, 2]),
        ("cancel the order with the bottle", []),
        ("wrong size of shoes, cancel the whole thing", []),
        ("cancel 12346 because the shoes are cheaper elsewhere", []),
        ("cancel order 12346", []),
        ("cancel the shoes and the bottles", []),
    ],
)
def test_a_part_is_meant_where_goods_are_named_without_the_order(
    said: str, lines: list[int]
) -> None:
    assert part_to_cancel(ORDER, said) == lines


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("wait keep the shoes", [2]),
        ("no, only the bottle", [2]),
        ("not the shoes", [2]),
        ("keep the shoes and the bottle", []),
        ("keep it", None),
        ("hm", None),
    ],
)
def test_what_is_kept_stays_and_the_rest_goes(words: str, lines: list[int] | None) -> None:
    assert lines_off(ORDER, words) == lines
