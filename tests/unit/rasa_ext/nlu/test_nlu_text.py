"""Reading messages: shapes of values, tokens, masks, positions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasa_ext.nlu.patterns import find_candidates
from rasa_ext.nlu.text import read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order #4471 and ORD-2023-0042", [("code", "#4471"), ("code", "ORD-2023-0042")]),
        ("000123-X", [("code", "000123-X")]),
        ("j.doe@example.org!", [("email", "j.doe@example.org")]),
        ("call +44 7700 900123.", [("phone", "+44 7700 900123")]),
        ("(212) 555-0149", [("phone", "(212) 555-0149")]),
        (
            "$160, 45 euros or CHF 80",
            [("money", "$160"), ("money", "45 euros"), ("money", "CHF 80")],
        ),
        ("1.299,00 €", [("money", "1.299,00 €")]),
        ("two hundred and fifty pounds", [("money", "two hundred and fifty pounds")]),
        ("5 dollars and 20 cents", [("money", "5 dollars and 20 cents")]),
        (
            "4 stars, 5/5, two out of five",
            [("rating", "4 stars"), ("rating", "5/5"), ("rating", "two out of five")],
        ),
        ("the day before yesterday", [("date", "day before yesterday")]),
        (
            "3rd of March 2024 or 2024-05-01",
            [("date", "3rd of March 2024"), ("date", "2024-05-01")],
        ),
        ("two weeks ago, last friday", [("date", "two weeks ago"), ("date", "last friday")]),
        ("half a dozen", [("count", "half a dozen")]),
        ("ORD 2023 0042", [("code", "ORD 2023 0042")]),
        ("my order 12 345 is late", [("code", "12 345")]),
        ("may i go", []),
        ("on the 3rd floor", []),
        ("2 lamps", [("number", "2")]),
    ],
)
def test_shapes(text, expected):
    assert [(c.kind, text[c.start : c.end]) for c in find_candidates(text)] == expected


def test_titles_and_apostrophes_stay_with_the_name():
    words = [token.text for token in read("Mr. O'Brien's and Jean-Luc").tokens]
    assert words == ["Mr.", "O'Brien", "'s", "and", "Jean-Luc"]


def test_masks_hide_ids_but_not_small_numbers():
    assert read("Order 4471 for ann@b.org").masked == "order 12345 for name@example.com"
    assert read("2 lamps").masked == "2 lamps"
    assert read("order #1").masked != read("order #123456").masked
    assert read("order 99182").masked == read("order ORD-7-1234").masked


@pytest.mark.parametrize(
    ("text", "masked", "values"),
    [
        ("wheres order4471 pls", "wheres order 12345 pls", ["4471"]),
        ("cancel88231plz now", "cancel 12345 plz now", ["88231"]),
        ("order no.7712938", "order no. 12345", ["7712938"]),
        ("editingorderord-9931-3", "editingorder 12345", ["ord-9931-3"]),
        ("ORD-2023-0042/invoice", "12345 /invoice", ["ORD-2023-0042"]),
        ("bill#37777", "bill 12345", ["#37777"]),
        ("order4471@b.org", "name@example.com", ["order4471@b.org"]),
        ("iphone14 with 10000mah", "iphone14 with 10000mah", []),
    ],
)
def test_lost_spaces_beside_numbers_are_put_back(text, masked, values):
    message = read(text)
    assert message.masked == masked
    shaped = [token for token in message.tokens if token.kind not in ("word", "mark")]
    assert [text[token.start : token.end] for token in shaped] == values


def test_typographic_quotes_count_as_plain_ones():
    assert read("where\u2019s my order").masked == "where's my order"


def test_positions_behind_a_cut_are_those_of_the_message():
    text = "a " * 3000 + "order 88123"
    last = read(text).tokens[-1]
    assert text[last.start : last.end] == "88123"
    assert len(read(text).masked) <= 600


@given(st.text(max_size=1500))
def test_any_text_is_read_and_positions_are_right(text):
    message = read(text)
    for token in message.tokens:
        assert len(text[token.start : token.end]) == len(token.text)
        begin, end = token.masked
        assert 0 <= begin < end <= len(message.masked)
    starts = [token.start for token in message.tokens]
    assert starts == sorted(starts)
