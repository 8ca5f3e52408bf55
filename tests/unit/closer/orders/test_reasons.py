"""Why goods go back, in the words that people find for it."""

from __future__ import annotations

import pytest

from closer.orders.reasons import is_fault, reason_code, told_reason


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("It arrived broken", "damaged"),
        ("doesn\u2019t work", "damaged"),
        ("the light keeps going off", "damaged"),
        ("wont hold its charge any more", "damaged"),
        ("it can't be closed", "damaged"),
        ("the left strap came off after a day", "damaged"),
        ("a screw is missing", "damaged"),
        ("makes a strange noise", "damaged"),
        ("you sent the wrong colour", "wrong_item"),
        ("i ordered the large and got a small", "wrong_item"),
        ("never arrived!!", "not_received"),
        ("too small", "does_not_fit"),
        ("a bit loose on me", "does_not_fit"),
        ("came after the party, too late", "late"),
        ("changed my mind", "changed_mind"),
        ("it works, but we don't need it", "changed_mind"),
        ("it doesn't really suit him", "changed_mind"),
        ("the chocolate plate", "changed_mind"),
        ("", "changed_mind"),
        ("damaged", "damaged"),
        ("not_received", "not_received"),
    ],
)
def test_reasons_are_understood(words: str, code: str) -> None:
    assert reason_code(words) == code


@pytest.mark.parametrize("words", ["why", "12344", "just the one", "the blue one please", "ok"])
def test_what_tells_no_reason_is_none(words: str) -> None:
    assert told_reason(words) is None


def test_the_shop_answers_for_faults_alone() -> None:
    assert is_fault("it leaks")
    assert not is_fault("it is too big")
