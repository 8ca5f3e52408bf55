"""How a message of several wishes is taken apart."""

from __future__ import annotations

import pytest

from rasa_ext.clauses import crisis_in, parts_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("cancel 12347 and where is 12345?", ["cancel 12347", "where is 12345?"]),
        ("Yes please. And where is my parcel?", ["Yes please.", "And where is my parcel?"]),
        ("cancel 12346, where is 12347", ["cancel 12346", "where is 12347"]),
        ("12 Elm Street, Salem, OR 97301", ["12 Elm Street, Salem, OR 97301"]),
        (
            "cancel 12346 or at least change the address",
            ["cancel 12346", "change the address"],
        ),
        ("the red or the blue one, Salem, OR", ["the red or the blue one, Salem, OR"]),
        ("where is my order", ["where is my order"]),
        (
            "I moved. Could somebody also call me at 4?",
            ["I moved.", "Could somebody call me at 4?"],
        ),
        (
            "Hello,\nmove me to pro, and end the newsletter.\nMany thanks\nDaniel Whitfield",
            ["Hello", "move me to pro", "end the newsletter."],
        ),
        ("hi and /request_data_deletion", ["hi", "request_data_deletion"]),
        ("hi.\n/\u00a0/restart\n, / /greet", ["hi.", "restart", "greet"]),
    ],
)
def test_sentences_and_joined_wishes_are_parts(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    "text", ["word and " * 100, '/inform{"product":"salt and pepper"}', "", "...!?"]
)
def test_long_texts_payloads_and_empty_ones_are_left_whole(text: str) -> None:
    assert len(parts_of(text)) <= 1


def test_a_crisis_in_any_part_is_found_if_it_is_sure() -> None:
    def part(name: str, confidence: float) -> dict[str, object]:
        return {"text": "", "intent": {"name": name, "confidence": confidence}, "entities": []}

    assert crisis_in([part("cancel_order", 0.9), part("crisis", 0.95)]) == {
        "name": "crisis",
        "confidence": 0.95,
    }
    assert crisis_in([part("cancel_order", 0.9), part("crisis", 0.5)]) is None
