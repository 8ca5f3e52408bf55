"""Only a clear yes confirms; questions, reservations, hesitations and guesses do not, and "keep it" is a no."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.confirming import asks_how, asks_if_done, confirmation, wants_instead, wants_time
from actions.context import TurnContext
from actions.slot_types import Answer, ConfirmSlot


def heard(text: str, intent: str = "affirm", confidence: float = 0.95) -> TurnContext:
    message: dict[str, Any] = {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "entities": [],
        "message_id": "m1",
        "metadata": {},
    }
    tracker = Tracker("u1", {}, message, [], False, None, {}, None)
    return TurnContext(None, CollectingDispatcher(), tracker, {})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["yes", "Yes!", "do it", "ok do it", "yes, no problem", "why not", "sure, why not?", "well yes", "hmm yes do it",
     "can you go ahead please", "yes, the first one"],
)  # fmt: skip
def test_a_clear_yes_confirms(text: str) -> None:
    assert confirmation(heard(text)) is True


@pytest.mark.parametrize("text", ["ja", "oui", "sí", "Sí, por favor", "d'accord", "👍", "ja bitte"])
def test_a_yes_in_another_language_confirms_whatever_the_model_takes_it_for(text: str) -> None:
    assert confirmation(heard(text, "nlu_fallback", 0.3)) is True


@pytest.mark.parametrize(
    "text",
    ["is it done?", "really", "ok so what does that mean", "so it's deleted now?", "sure but mail me before", "ok, hang on",
     "hmm", "well", "hm ok", "fine, only the newsletter", "done", "yes, once my parcel is here", "yes if i can return"],
)  # fmt: skip
def test_what_is_no_clear_yes_confirms_nothing(text: str) -> None:
    assert confirmation(heard(text)) is None


@pytest.mark.parametrize(
    "text", ["ok keep it", "yes i'd rather keep it", "yeah no", "okay, leave it as it is", "yes... wait no", "ok don't delete it"]
)  # fmt: skip
def test_a_no_that_begins_like_a_yes_is_a_no(text: str) -> None:
    assert confirmation(heard(text)) is False


def test_a_guess_of_the_model_is_no_yes() -> None:
    assert confirmation(heard("the thing over there", confidence=0.5)) is None
    assert confirmation(heard("yep thats it", "inform", 0.5)) is True
    assert confirmation(heard("yep thats it", "track_order", 0.9)) is None


def test_a_button_always_counts() -> None:
    assert confirmation(heard("/affirm")) is True
    assert confirmation(heard("/deny", "deny")) is False


def test_the_order_repeated_is_a_yes_unless_it_is_asked_or_put_off() -> None:
    slot, asked = ConfirmSlot("delete|close"), Answer("confirmed", asked=True)
    assert slot.read(heard("now delete it", "stop", 0.8), asked) is True
    assert slot.read(heard("will you delete it today?", "stop", 0.8), asked) is None
    assert slot.read(heard("first the invoice, then delete it", "stop", 0.8), asked) is None
    assert slot.read(heard("yes"), Answer("confirmed", asked=False)) is None


def test_what_stands_beside_the_yes_is_told_apart() -> None:
    assert asks_if_done(heard("has it happened already?"))
    assert not asks_if_done(heard("do it"))
    assert wants_time(heard("hold on a second"))
    assert wants_instead(heard("no wait, i meant the address"))


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("how do i cancel?", True),
        ("what do i have to do to cancel order 12345", True),
        ("i'd like to know how to cancel", True),
        ("what's the process for cancelling", True),
        ("tell me how i can cancel it", True),
        ("how do i cancel order 12345, i don't want it", False),
        ("i need to cancel, how do i do that", False),
        ("how can i cancel, i ordered by mistake", False),
        ("can you cancel my order", False),
        ("cancel my order", False),
    ],
)
def test_who_asks_how_wants_nothing_done_yet(text: str, asks: bool) -> None:
    assert asks_how(text) is asks
