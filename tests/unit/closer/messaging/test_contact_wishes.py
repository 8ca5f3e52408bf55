"""Wishes not to be contacted, of all channels, and what only asks about them."""

from __future__ import annotations

import pytest

from closer.messaging.contact_wishes import only_asks, unwanted_channels
from closer.messaging.stop_words import wants_out


@pytest.mark.parametrize(
    ("text", "channels"),
    [
        ("please quit texting me", ("sms",)),
        ("i don't want any more text messages", ("sms",)),
        ("no more sms", ("sms",)),
        ("could you stop the texts", ("sms",)),
        ("take me off your text messages but keep the mails", ("sms",)),
        ("turn off the sms", ("sms",)),
        ("don’t ever phone me again", ("voice",)),
        ("stop ringing us, it's enough", ("voice",)),
        ("no more cold calls", ("voice",)),
        ("dont email me anymore", ("email",)),
        ("stop sending me your mails", ("email",)),
        ("stop contacting me", ("sms", "voice", "email")),
        ("don't call me, stop the texts too", ("sms", "voice")),
        ("i never want to be called again", ("voice",)),
        ("we do not want to be texted", ("sms",)),
        ("unsubscribe me from everything", ("sms", "voice", "email")),
        ("take me off all your lists", ("sms", "voice", "email")),
        ("i dont ever want to be contacted", ("sms", "voice", "email")),
        ("take everything off my order", ()),
        ("call me tomorrow", ()),
        ("text me when it ships", ()),
        ("cancel my callback", ()),
        ("don't call me before my parcel arrives", ()),
        ("stop my order", ()),
        ("i never got the email", ()),
    ],
)
def test_the_channel_that_is_not_wanted_is_heard(text: str, channels: tuple[str, ...]) -> None:
    assert unwanted_channels(text) == channels


@pytest.mark.parametrize(
    "text",
    [
        "how do i leave the newsletter",
        "what happens if i unsubscribe?",
        "does that end the texts too",
        "can i opt out of the sale of my data",
        "and what does profiling mean?",
        "unsubscribing is free?",
    ],
)
def test_a_question_is_no_order(text: str) -> None:
    assert only_asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "unsubscribe me",
        "can you take me off the list?",
        "would you please stop texting me?",
        "why do you text me? stop it",
        "do not sell my data",
        "do you share my data? i don't want that",
    ],
)
def test_an_order_is_no_question(text: str) -> None:
    assert not only_asks(text)


def test_by_text_message_a_question_is_left_to_the_dialogue() -> None:
    assert not wants_out("how do i unsubscribe from these texts?")
    assert wants_out("unsubscribe me from the texts but keep the emails")
    assert wants_out("can you unsubscribe me please")
