"""What is not understood climbs a ladder, one step a message in a row; an offer stands for two messages."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.context import OFFER_TURNS, TurnContext
from actions.conversation import Affirm, Deny
from actions.ladder import Clarify
from actions.steering import StopTask

RANKING = [("nlu_fallback", 0.4), ("chitchat", 0.4), ("get_refund", 0.3), ("track_refund", 0.2)]
OFFER = {"action": "action_handoff", "slots": {"order_id": "1"}, "message_id": "m0"}


class NobodyWaits:
    """A desk with nobody in line."""

    async def current(self, conversation_id: str) -> None:
        """Return no request."""


def said(number: int) -> dict[str, Any]:
    return {"event": "user", "message_id": f"m{number}"}


def did(action: str) -> dict[str, Any]:
    return {"event": "action", "name": action}


def run(
    action: Any, events: list[dict[str, Any]], slots: dict[str, Any]
) -> tuple[TurnContext, dict[str, Any], list[Any]]:
    message = {
        "text": "cancel",
        "message_id": events[-1].get("message_id"),
        "intent_ranking": [{"name": name, "confidence": sure} for name, sure in RANKING],
    }
    dispatcher = CollectingDispatcher()
    where = Tracker("v", slots, message, events, False, None, {}, "x")
    services = SimpleNamespace(handoff=NobodyWaits())
    ctx = TurnContext(services, dispatcher, where, {})  # type: ignore[arg-type]
    followed = asyncio.run(action().perform(ctx))
    return ctx, (dispatcher.messages or [{}])[0], followed


@pytest.mark.parametrize(
    ("before", "says", "titles"),
    [
        (0, "utter_ask_meaning", ["Get a refund", "Where my refund is", "Talk to a person"]),
        (1, "utter_ask_rephrase", ["Get a refund", "Where my refund is", "Talk to a person"]),
        (2, "utter_offer_person", ["Talk to a person"]),
    ],
)
def test_each_step_of_the_ladder(before: int, says: str, titles: list[str]) -> None:
    events = [said(0), did("action_clarify"), did("action_listen"), said(1)]
    ctx, message, _ = run(Clarify, events, {"fallback_count": before})
    assert message["response"] == says
    assert [button["title"] for button in message["buttons"]] == titles
    assert (ctx.offered is not None) == (before == 2)


@pytest.mark.parametrize("fallback", ["action_clarify", "action_default_fallback"])
def test_only_messages_in_a_row_count(fallback: str) -> None:
    row = [said(0), did(fallback), {"event": "bot"}, did("action_listen"), said(1)]
    assert run(Clarify, row, {"fallback_count": 1})[0].fresh["fallback_count"] == 2
    understood = [said(0), did(fallback), said(1), did("action_greet"), said(2)]
    assert run(Clarify, understood, {"fallback_count": 2})[0].fresh["fallback_count"] == 1
    later = [said(0), did(fallback), {"event": "session_started"}, said(1)]
    assert run(Clarify, later, {"fallback_count": 2})[0].fresh["fallback_count"] == 1


def test_an_offer_stands_for_two_messages() -> None:
    for turns in range(1, OFFER_TURNS + 3):
        events = [said(number) for number in range(turns + 1)]
        ctx, _, followed = run(Affirm, events, {"pending_offer": OFFER})
        stands = turns <= OFFER_TURNS
        assert bool(followed) == stands
        assert ctx.fresh == {"pending_offer": None} | ({"order_id": "1"} if stands else {})
        declined = run(Deny, events, {"pending_offer": OFFER})[1]["response"]
        assert declined == ("utter_offer_declined" if stands else "utter_all_right")


def test_an_offer_does_not_outlive_its_session() -> None:
    events = [said(0), {"event": "session_started"}, said(1)]
    assert run(Affirm, events, {"pending_offer": OFFER})[2] == []


def test_an_old_offer_to_cancel_is_not_taken_up_by_the_word() -> None:
    offer = {**OFFER, "action": "cancel_order_form"}
    for turns, begins in ((1, True), (OFFER_TURNS + 1, False)):
        events = [said(number) for number in range(turns + 1)]
        followed = run(StopTask, events, {"pending_offer": offer})[2]
        assert [event["name"] == "cancel_order_form" for event in followed[:1]] == [begins]
