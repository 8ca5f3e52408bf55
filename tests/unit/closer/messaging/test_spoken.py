"""What a listener hears."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from closer.conversations.turn import Entry
from closer.messaging.spoken import spoken, ssml, words_of


def entry(**content: Any) -> Entry:
    now = datetime(2026, 11, 23, tzinfo=timezone.utc)
    return Entry.parse_obj(
        {"id": "e", "at": now, "from": "assistant", "channel": "voice", **content}
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Order **12345** is on its way.", "Order 1 2 3 4 5 is on its way."),
        ("Order #12345, twice", "Order 1 2 3 4 5, twice."),
        ("Your order ORD-2023-0042 is paid", "Your order O R D, 2 0 2 3, 0 0 4 2 is paid."),
        ("Order 000123-X was found.", "Order 0 0 0 1 2 3, X was found."),
        ("Invoice INV-2026-000817.", "Invoice I N V, 2 0 2 6, 0 0 0 8 1 7."),
        ("USPS has it (9400723651).", "USPS has it (9 4 0, 0 7 2, 3 6 5, 1)."),
        ("The total is $288.00.", "The total is 288 dollars."),
        ("It costs $1,299.50 or €1", "It costs 1299 dollars and 50 cents or 1 euro."),
        ("£0.99 and $0.01", "99 pence and 1 cent."),
        ("by Friday, 27 November 2026", "by Friday, 27 November 2026."),
        ("since 2026-11-05", "since 5 November 2026."),
        ("It came on November 5, 2026.", "It came on November 5, 2026."),
        ("Call +1 202 555 0123", "Call plus 1, 2 0 2, 5 5 5, 0 1 2 3."),
        ("Write to ann_lee@shop.example", "Write to ann underscore lee at shop dot example."),
        (
            "You have 30 days, 20% off & 3 × Blue mug",
            "You have 30 days, 20 percent off and 3 Blue mug.",
        ),
        (
            "See [our terms](https://shop.example/terms) or https://shop.example/x 🎉",
            "See our terms or.",
        ),
        ("All offers are at https://shop.example/o.", "All offers are on our website."),
        ("The list, holidays too: https://shop.example/s", "The list, holidays too."),
        (
            "A code went to a•••@shop.example.",
            "A code went to the mailbox that begins with A, at shop dot example.",
        ),
        ("I'll text •••• 42", "I'll text the number ending in 4 2."),
        ("Wed 2 Dec, 09:00", "Wednesday, 2 December, 9 o'clock."),
        ("on Friday, 4 December at 14:30 UTC", "on Friday, 4 December at 14 30 UTC."),
        ("48213 · Trail running shoe…", "4 8 2 1 3, Trail running shoe."),
        ("- one\n- two", "one two."),
        ("Size 44EU, 500ML", "Size 44EU, 500ML."),
        ("Is that right?", "Is that right?"),
        ("", ""),
    ],
)
def test_words(written: str, said: str) -> None:
    assert words_of(written) == said


def test_who_listens_is_not_buried() -> None:
    text = " ".join(f"Sentence number {number}." for number in range(1, 12))
    assert spoken([entry(text=text)], keypad=False).count(".") == 4


def test_choices_are_pressed_or_said() -> None:
    one = {"title": "Yes", "payload": "/affirm"}
    two = {"title": "Cancel", "payload": "/deny"}
    said = spoken([entry(text="Sure?", buttons=[one, two])], keypad=True)
    assert said == "Sure? Press 1 or say Yes, press 2 or say Cancel it."
    assert (
        spoken([entry(text="Sure?", buttons=[one, two])], keypad=False)
        == "Sure? You can say Yes or Cancel it."
    )
    assert spoken([entry(text="Sure?", buttons=[one])], keypad=True) == "Sure? Press 1 or say Yes."


def test_cards_and_stages_are_said() -> None:
    card = {
        "kind": "order",
        "title": "Order 12345",
        "facts": [{"label": "Total", "value": "$20.00"}],
    }
    steps = [{"label": "Packed", "state": "done"}, {"label": "Shipped", "state": "current"}]
    said = spoken([entry(text="Here it is", cards=[card], steps=steps)], keypad=False)
    assert said == "Here it is. Order 1 2 3 4 5: 20 dollars. It stands at: Shipped."


def test_ssml_is_well_formed() -> None:
    assert ssml("Tom & Jerry < 3") == "<speak>Tom &amp; Jerry &lt; 3</speak>"
