"""Contracted negations are told from words that end alike."""

from __future__ import annotations

import re

import pytest

from actions.negation import NT

_FOUND = re.compile(NT, re.IGNORECASE)


@pytest.mark.parametrize(
    "text", ["it didn't come", "it DIDNT come", "i dont", "that isn’t it", "cant", "we haven't"]
)
def test_a_negation_is_found(text: str) -> None:
    assert _FOUND.search(text)


@pytest.mark.parametrize(
    "text", ["i want it", "sent", "my account", "another amount", "went", "urgent", "an agent"]
)
def test_a_word_that_ends_alike_is_none(text: str) -> None:
    assert _FOUND.search(text) is None
