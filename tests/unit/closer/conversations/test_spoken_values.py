"""Numbers and mailboxes as they are said aloud."""

from __future__ import annotations

import pytest

from closer.conversations.spoken_values import as_written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("where is order nine oh four one", "where is order 9041"),
        ("track order double seven two oh five please", "track order 77205 please"),
        ("cancel 3 3 double 8 four", "cancel 33884"),
        ("i want to go to five six seven eight", "i want to go to 5678"),
        ("order forty-two seventy one is late", "order 4271 is late"),
        (
            "my number is plus one two oh two five five five oh one two three",
            "my number is +12025550123",
        ),
        ("i'd give it four out of five stars", "i'd give it four out of five stars"),
        ("two lamps and three chairs", "two lamps and three chairs"),
        ("fourteen queen street", "fourteen queen street"),
    ],
)
def test_numbers_said_digit_by_digit_are_written_in_digits(said: str, written: str) -> None:
    assert as_written(said, "voice") == written


@pytest.mark.parametrize("channel", ["voice", "web", "sms"])
@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("anna dot berg at example dot org", "anna.berg@example.org"),
        (
            "it's tom underscore hill at mail dot example dot com thanks",
            "it's tom_hill@mail.example.com thanks",
        ),
        ("my e-mail is j o e four two at g mail dot com", "my e-mail is joe42@gmail.com"),
        ("kim (at) example (dot) com", "kim@example.com"),
        (
            "reach me under rosa-lind at my-shop dot co dot uk",
            "reach me under rosa-lind@my-shop.co.uk",
        ),
        ("i bought it at shop dot com", "i bought it at shop dot com"),
        ("call me tomorrow at ten", "call me tomorrow at ten"),
        ("i am at home, order 12345", "i am at home, order 12345"),
        ("joe@example.com at noon", "joe@example.com at noon"),
    ],
)
def test_a_mailbox_in_words_is_written_with_its_signs(
    said: str, written: str, channel: str
) -> None:
    assert as_written(said, channel) == written


def test_in_writing_numbers_stay_as_they_are() -> None:
    assert as_written("order four four seven one", "web") == "order four four seven one"
