"""Replies as text messages."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from closer.conversations.turn import Entry
from closer.messaging.choices import chosen
from closer.messaging.sms_text import LONGEST, MOST_MESSAGES, packed, sms_messages

CHAT = "https://shop.example/chat"


def entry(**content: Any) -> Entry:
    at = datetime(2026, 1, 2, tzinfo=timezone.utc)
    return Entry.parse_obj({"id": "e", "at": at, "from": "assistant", "channel": "sms", **content})


async def short(url: str) -> str:
    return "https://s.example/s/abc" if "shop.example" in url else url


async def said(*entries: Entry) -> list[str]:
    return [item.text for item in await sms_messages(entries, shorten=short, rest_at=CHAT)]


async def test_a_turn_becomes_one_plain_message() -> None:
    texts = await said(
        entry(text="Your order **12345** is on its way – it’s due on Friday."),
        entry(text="Anything else?", buttons=[{"title": "Yes", "payload": "/affirm"}]),
    )
    assert texts == [
        "Your order 12345 is on its way - it's due on Friday.\nAnything else?\nReply 1 Yes"
    ]


async def test_buttons_are_numbered_and_their_number_is_understood() -> None:
    buttons = [
        {"title": "Track an order", "payload": "/track_order"},
        {"title": "Cancel", "payload": "/cancel_order"},
        {"title": "Talk to a colleague", "payload": "/contact_human_agent"},
        {"title": "Something else entirely", "payload": "/other"},
    ]
    spoken = [entry(text="How can I help?", buttons=buttons)]
    [text] = await said(*spoken)
    assert text.splitlines()[1:] == [
        "Reply with a number:",
        "1 Track an order",
        "2 Cancel it",  # a bare "Cancel" would be an opt-out
        "3 Talk to a colleague",
        "4 Something else entirely",
    ]
    for said_, payload in [
        ("1", "/track_order"),
        ("2.", "/cancel_order"),
        ("option 3", "/contact_human_agent"),
        ("#4", "/other"),
        ("the second one", "/cancel_order"),
        ("three please", "/contact_human_agent"),
        ("track an order!", "/track_order"),
        ("cancel it", "/cancel_order"),
    ]:
        button = chosen(said_, spoken, numbered=True)
        assert button is not None, said_
        assert button.payload == payload
    for other in ("5", "0", "12345", "1 jacket", "no", ""):
        assert chosen(other, spoken, numbered=True) is None, other
    assert chosen("1", spoken, numbered=False) is None


async def test_choices_stand_with_their_question_and_are_counted_through_the_turn() -> None:
    card = {"kind": "product", "title": "Jacket", "buttons": [{"title": "Buy", "payload": "/buy"}]}
    spoken = [
        entry(text="How about this?", cards=[card]),
        entry(text="Or shall we go on?", buttons=[{"title": "Go on", "payload": "/affirm"}]),
    ]
    assert await said(*spoken) == [
        "How about this?\nJacket\nReply 1 Buy\nOr shall we go on?\nReply 2 Go on"
    ]
    assert chosen("2", spoken, numbered=True).payload == "/affirm"  # type: ignore[union-attr]


async def test_cards_and_stages_are_said() -> None:
    card = {
        "kind": "product",
        "title": "Rain jacket",
        "subtitle": "Blue, M",
        "facts": [{"label": "Price", "value": "$80.00"}, {"label": "Stock", "value": "12"}],
    }
    steps = [{"label": "Packed", "state": "done"}, {"label": "On its way", "state": "current"}]
    [text] = await said(entry(cards=[card], steps=steps))
    assert text == "Rain jacket - Blue, M. Price: $80.00, Stock: 12\nNow: On its way"


async def test_our_links_are_short_and_foreign_ones_stay() -> None:
    [text] = await said(
        entry(
            text="Pay at https://shop.example/cart/checkout?token=abcdef0123456789, or [see here](https://other.example/x)."
        )
    )
    assert text == "Pay at https://s.example/s/abc, or see here: https://other.example/x."


async def test_a_long_answer_is_cut_at_sentences_and_ends_with_a_link_to_the_rest() -> None:
    sentences = [f"This is sentence number {number} of a long story." for number in range(60)]
    texts = await said(entry(text=" ".join(sentences)))
    assert len(texts) == MOST_MESSAGES
    assert texts[-1] == "More: https://s.example/s/abc"
    assert all(len(text) <= LONGEST for text in texts)
    assert all(text.endswith("story.") for text in texts[:-1])


async def test_pictures_that_a_phone_can_show_go_along() -> None:
    [message] = await sms_messages(
        [
            entry(image={"url": "https://shop.example/p.PNG", "alt": "A jacket"}),
            entry(image={"url": "https://shop.example/p.svg"}),
            entry(
                media=[{"url": "https://shop.example/label.pdf"}, {"url": "http://intern/x.png"}]
            ),
        ],
        shorten=short,
        rest_at=CHAT,
    )
    assert message.media_urls == ("https://shop.example/p.PNG", "https://shop.example/label.pdf")


async def test_nothing_to_say_is_no_message() -> None:
    assert await said(entry(text="")) == []


@given(
    st.lists(st.text(st.sampled_from("ab .\n!?"), max_size=900), max_size=4), st.integers(20, 320)
)
def test_packing_loses_no_word_and_keeps_to_the_limit(paragraphs: list[str], longest: int) -> None:
    texts = packed(paragraphs, longest)
    assert all(len(text) <= longest for text in texts)
    joined = re.sub(r"\s", "", "".join(texts))
    assert joined == re.sub(r"\s", "", "".join(paragraphs))


@pytest.mark.parametrize("longest", [10, 320])
def test_a_word_longer_than_a_message_is_cut(longest: int) -> None:
    assert "".join(packed(["x" * 1000], longest)) == "x" * 1000
