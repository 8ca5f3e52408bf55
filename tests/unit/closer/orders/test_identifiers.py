from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closer.orders.identifiers import invoice_id, order_key, order_keys

DECORATIONS = st.sampled_from(
    [
        "{}",
        "#{}",
        " {} ",
        "order {}",
        "Order: {}",
        "my order no. #{}",
        "ORDER NUMBER {}",
        "order id {}",
    ]
)
NUMBERS = st.from_regex(r"[0-9]{5,12}|ORD-20[0-9]{2}-[0-9]{4}|[0-9]{6}-[A-Z]", fullmatch=True)


@given(number=NUMBERS, decoration=DECORATIONS, lower=st.booleans())
def test_decorations_do_not_matter(number: str, decoration: str, lower: bool) -> None:
    written = decoration.format(number.lower() if lower else number)
    assert order_key(written) == order_key(number)
    assert order_key(number) == "".join(c for c in number if c.isalnum())


@given(st.text(max_size=200))
def test_any_text_gives_a_short_plain_key(text: str) -> None:
    for key in order_keys(text):
        assert len(key) <= 40
        assert key.isascii()
        assert key.isalnum()


def test_a_prefix_that_was_no_part_of_it_is_tried_without() -> None:
    assert order_keys("ORD 12345") == ["ORD12345", "12345"]
    assert order_keys("#") == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("INV-2024-00031", "INV-2024-00031"),
        ("inv 2024 31", "INV-2024-00031"),
        ("#inv-2024-31", "INV-2024-00031"),
        ("Invoice 2024/00031", "INV-2024-00031"),
        ("12345", "12345"),
    ],
)
def test_invoice_numbers(written: str, read: str) -> None:
    assert invoice_id(written) == read
