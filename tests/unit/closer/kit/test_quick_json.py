"""Quick JSON is the standard library's JSON, also of what the quick library refuses."""

from __future__ import annotations

import json
from collections import OrderedDict, namedtuple
from datetime import datetime, timezone
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from closer.kit import quick_json

Pair = namedtuple("Pair", "left right")


class Colour(str, Enum):
    RED = "red"


@pytest.mark.parametrize(
    "value",
    [
        None,
        {"a": [1, 2.5, True, None, "é😀"], 1: "number", None: "nothing"},
        {"typed": 123456789012345678901234567890},
        {"half": "\ud83d"},
        (1, Pair(1, 2), Colour.RED),
        OrderedDict(b=1, a=2),
        {"at": datetime(2026, 11, 30, 7, 30, tzinfo=timezone.utc), "price": Decimal("1.10")},
    ],
)
def test_it_is_the_standard_librarys(value: Any) -> None:
    expected = json.loads(json.dumps(value, default=str))
    assert json.loads(quick_json.dumps(value)) == expected
    assert quick_json.loads(quick_json.dumps(value)) == expected
    assert quick_json.loads(json.dumps(value, default=str).encode()) == expected


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match=r"line 1"):
        quick_json.loads("{no")
