"""An address that is given in pieces, in any order, with corrections in between, is read as it was meant."""

from __future__ import annotations

from typing import Any

import pytest

from actions.address_pieces import joined, read_piece
from actions.address_shapes import missing_parts
from actions.address_text import read_address


def _given(*messages: str) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for message in messages:
        known = joined(known, read_piece(message, known))
    return known


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (
            [
                "birch ave 12",
                "tacoma",
                "98402",
                "its in washington state, usa",
                "no number 14 not 12",
            ],
            {"street": "Birch Ave 14", "city": "Tacoma", "postcode": "98402", "country": "US"},
        ),
        (
            ["nevada", "reno", "89501", "Sierra Road", "14"],
            {"street": "14 Sierra Road", "city": "Reno", "region": "NV", "postcode": "89501"},
        ),
        (
            ["to Denver", "Colorado 80203", "3 maple street", "sorry 13 maple street"],
            {"street": "13 Maple Street", "city": "Denver", "region": "CO", "postcode": "80203"},
        ),
        (
            ["8", "willow lane", "Madison wi", "53703", "oh wait the zip is 53704"],
            {"street": "8 Willow Lane", "city": "Madison", "region": "WI", "postcode": "53704"},
        ),
        (
            ["97301", "salem", "Elm Ave", "7", "not Salem but Eugene", "apt 4", "sorry apt 5"],
            {"street": "7 Elm Ave Apt 5", "city": "Eugene", "postcode": "97301"},
        ),
        (
            ["72 Forest Hill Rd", "Toronto", "ontario", "m5p 2n3"],
            {
                "street": "72 Forest Hill Rd",
                "city": "Toronto",
                "region": "ON",
                "postcode": "M5P 2N3",
            },
        ),
        (
            ["Lindenstrasse 5", "10969", "Berlin", "germany", "15, not 5"],
            {"street": "Lindenstrasse 15", "city": "Berlin", "postcode": "10969", "country": "DE"},
        ),
        (
            ["send 55501 to 20 Pine St Apt 4, Seattle, WA 98101", "apt 6 not 4"],
            {"street": "20 Pine St Apt 6", "city": "Seattle", "region": "WA", "country": "US"},
        ),
        (["new york", "350 5th avenue", "10118"], {"street": "350 5th Avenue", "city": "New York"}),
    ],
)
def test_pieces_become_the_address_that_was_meant(
    messages: list[str], expected: dict[str, str]
) -> None:
    found = _given(*messages)
    assert {name: found.get(name) for name in expected} == expected


def test_what_is_missing_is_told_at_each_step() -> None:
    assert missing_parts(_given("texas")) == ["street", "city", "postcode"]
    assert missing_parts(_given("texas", "austin", "oak road")) == ["number", "postcode"]
    assert missing_parts(_given("7")) == ["street", "city", "postcode", "country"]


def test_a_town_is_never_a_number_and_talk_is_no_address() -> None:
    assert "city" not in _given("Elm Ave 7", "7")
    assert not any(_given(words) for words in ("why do you need it", "i dont know", "yes please"))


@pytest.mark.parametrize(
    "words",
    [
        "to {}",
        "please use {}",
        "make it {}",
        "the new one would be {}",
        "can you make it {} please",
        "mail it over to my sister at {}",
    ],
)
def test_words_before_a_street_are_no_part_of_it(words: str) -> None:
    read = read_address(words.format("12 Rose Street, York, YO1 7AA"))
    assert (read["street"], read["city"]) == ("12 Rose Street", "York")


def test_a_street_may_begin_with_words_that_look_like_a_lead() -> None:
    assert read_address("New Street 5, York, YO1 7AA")["street"] == "New Street 5"
    assert read_address("The Old Mill, 5 Mill Lane, York, YO1 7AA")["street"].startswith("The Old")
