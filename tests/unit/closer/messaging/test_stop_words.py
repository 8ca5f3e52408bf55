"""Words about consent: what ends messages, what begins them again, and what only sounds like it."""

from __future__ import annotations

import pytest

from closer.messaging.stop_words import Steering, steering, wants_out

OUT = """please stop texting me
Stop texting me!!
stop sending me messages
dont text me anymore
Don’t message me again
do not contact me
can you stop messaging me
would you please not text me
no more texts please
take me off your list
remove me from your texts
remove my number
unsubscribe me
unsubscribe from these messages
I want to opt out of text messages
quit texting this number
i dont want any more messages
I no longer wish to receive messages
lose my number
never text me again
leave me alone
enough with the texts
wrong number, stop texting
I revoke my consent to be texted
stop msging me"""
STAYS = """stop my order
cancel my order 12345
please cancel it
stop the newsletter
unsubscribe me from the newsletter
I want to unsubscribe from your emails
how do I stop my subscription
please don't stop texting me
can you text me when it ships
why did you stop sending me messages about my parcel?
do not send the parcel to my old address
I don't want the blue one
remove my number from my account
no more questions
delete my phone number from my profile
opt me out of the sale of my data
i didn't get any messages
I don't want to receive the newsletter anymore
please stop the delivery
I never received a text message
contact me by phone"""


@pytest.mark.parametrize("text", OUT.splitlines())
def test_an_opt_out_in_own_words_is_heard(text: str) -> None:
    assert wants_out(text)


@pytest.mark.parametrize("text", STAYS.splitlines())
def test_other_wishes_are_no_opt_out(text: str) -> None:
    assert not wants_out(text)


@pytest.mark.parametrize(
    "word", "STOP stop Unsubscribe END quit StopAll REVOKE optout CANCEL".split()
)
def test_the_carriers_words_end_messages_and_are_answered_by_the_carrier(word: str) -> None:
    assert steering(f" {word}\n", opted_out=False) == Steering("stop", by_carrier=True)


@pytest.mark.parametrize(
    "text", ["Stop.", "STOP!!", "“stop”", "opt out", "stop all", "stop please"]
)
def test_what_the_carrier_overlooks_is_ours_to_answer(text: str) -> None:
    assert steering(text, opted_out=False) == Steering("stop", by_carrier=False)


def test_yes_begins_messages_again_only_for_who_left() -> None:
    assert steering("Yes", opted_out=True) == Steering("start", by_carrier=True)
    assert steering("Yes", opted_out=False) is None
    assert steering("yes please", opted_out=True) is None
    assert steering("start", opted_out=False) == Steering("start", by_carrier=True)


@pytest.mark.parametrize(
    "text", ["opt in", "Resume", "start again", "i want your texts again", "you can text me again"]
)
def test_who_left_comes_back_in_other_words(text: str) -> None:
    assert steering(text, opted_out=True) == Steering("start", by_carrier=False)
    assert steering(text, opted_out=False) is None


@pytest.mark.parametrize("text", ["start my return again", "where is my order", "stop texting me"])
def test_other_words_bring_nobody_back(text: str) -> None:
    said = steering(text, opted_out=True)
    assert said is None or said.kind == "stop"


@pytest.mark.parametrize(
    "text", ["stopp", "STOOOOP!!", "remove me", "wrong number, i never signed up for this"]
)
def test_misspelt_and_indignant_words_end_messages(text: str) -> None:
    assert steering(text, opted_out=False) == Steering("stop", by_carrier=False)


def test_help_is_the_whole_message_or_a_question_for_the_assistant() -> None:
    assert steering("HELP", opted_out=False) == Steering("help", by_carrier=True)
    assert steering("Help!", opted_out=False) == Steering("help", by_carrier=False)
    assert steering("help me with my order", opted_out=False) is None


def test_the_vendors_own_verdict_counts_whatever_the_words() -> None:
    assert steering("arrêt", opted_out=False, vendor_says="STOP") == Steering("stop", True)
    assert steering("aide", opted_out=False, vendor_says="HELP") == Steering("help", True)
