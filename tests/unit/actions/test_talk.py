"""Which messages are about the order that was just spoken of."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.context import TurnContext
from actions.talk import goes_on_changing, order_follow_up, order_pointed_at, speaks_of_data

CHANGED = {"about": "change_order", "done": True, "goods": [[1, "Flow yoga mat, sage"]]}


def turn(text: str, intent: str, *, messages: int = 1, **talk: Any) -> TurnContext:
    said = [{"event": "user", "message_id": f"m{number}"} for number in range(messages + 1)]
    message = {"text": text, "intent": {"name": intent, "confidence": 0.9}}
    known = {"order_id": "12346", "about": "track_order", "message_id": "m0", **talk}
    tracker = Tracker("c", {"order_in_talk": known}, message, said, False, None, {}, "x")
    return TurnContext(None, CollectingDispatcher(), tracker, {})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "intent", "order_id"),
    [
        ("whats the tracking number", "track_order", "12346"),
        ("i want my money back", "get_refund", "12346"),
        ("i want to complain about it", "complaint", "12346"),
        ("i want to complain about your service", "complaint", None),
        ("cancel an order", "cancel_order", None),
        ("where are my orders", "track_order", None),
        ("track my other order", "track_order", None),
        ("add another one", "change_order", "12346"),
        ("cancel another one", "cancel_order", None),
    ],
)
def test_a_wish_is_about_the_order_in_talk_unless_another_is_meant(
    text: str, intent: str, order_id: str | None
) -> None:
    assert order_pointed_at(turn(text, intent)) == order_id


def test_an_order_is_not_spoken_of_for_ever() -> None:
    assert order_pointed_at(turn("where is it", "track_order", messages=3)) == "12346"
    assert order_pointed_at(turn("where is it", "track_order", messages=4)) is None


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("can you cancel that?", "cancel_order"),
        ("ok and call it off", "cancel_order"),
        ("pull the plug on it", "cancel_order"),
        ("remove it all", "cancel_order"),
        ("delete everything you have on me", None),
        ("no, don't cancel it", None),
        ("cancel my appointment, that one", None),
        ("never mind", None),
    ],
)
def test_calling_it_off_cancels_the_order_in_talk(text: str, task: str | None) -> None:
    assert order_follow_up(turn(text, "stop")) == task


@pytest.mark.parametrize(
    ("text", "intent", "expected"),
    [
        ("and the mat, make it two", "inform", True),
        ("the yoga mat in 42 pls", "nlu_fallback", True),
        ("the yoga mat", "inform", False),
        ("i dont need anything else", "nlu_fallback", False),
        ("never mind", "stop", False),
    ],
)
def test_a_change_goes_on_with_the_same_order(text: str, intent: str, expected: bool) -> None:
    assert goes_on_changing(turn(text, intent, **CHANGED)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("remove everything", False),
        ("delete everything you know about me", True),
        ("erase my account", True),
        ("/request_data_deletion", True),
    ],
)
def test_goods_are_no_data(text: str, expected: bool) -> None:
    assert speaks_of_data(text) is expected
