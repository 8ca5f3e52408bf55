"""Calls know the open question: hints for the recogniser, and a conversation that was moved to the phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio

from closer.conversations.turn import TaskState
from closer.kit.clock import FixedClock, SystemClock
from closer.messaging.phone_wording import hello
from tests.fakes.connectors import Line
from tests.fakes.phone import ANN, Caller

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def line(phone_running: Line) -> Line:
    await phone_running.fresh()
    await phone_running.services.customers.create(customer_id="ann", name="Ann Lee", phone=ANN)
    return phone_running


def hints(caller: Caller) -> list[str]:
    gather = caller.document.find("Gather")
    assert gather is not None
    return gather.attrib["hints"].split(", ")


@pytest.mark.parametrize(
    ("step", "expected", "not_expected"),
    [
        ("order_id", "$OOV_CLASS_DIGIT_SEQUENCE", "yes"),
        ("confirmed", "yes", "$OOV_CLASS_DIGIT_SEQUENCE"),
        ("appointment_slot", "February", "yes"),
        ("identity_email", "dot com", "yes"),
        (None, "refund", "February"),
        ("a_new_step", "refund", "February"),
    ],
)
async def test_hints_follow_the_open_question_also_when_it_is_asked_again(
    line: Line, step: str | None, expected: str, not_expected: str
) -> None:
    line.echo.reply = lambda *_: [{"text": "And now?"}]
    line.echo.task = TaskState(name="track_order", step=step)
    caller = Caller(line)
    await caller.call()
    assert "refund" in hints(caller)
    await caller.say("track it")
    for again in ({}, {"words": ""}, {"words": "mumble", "confidence": "0.2"}):
        if again:
            await caller.say(**again)
        assert expected in hints(caller)
        assert not_expected not in hints(caller)


async def moved(line: Line, to: str = "voice") -> None:
    """Leave a task in the middle and move the conversation."""
    events = [
        {"event": "active_loop", "name": "track_order_form", "timestamp": 1.0},
        {"event": "slot", "name": "requested_slot", "value": "order_id", "timestamp": 1.0},
    ]
    await line.services.dialogues.append("ann", 0, events)
    chats = line.services.conversations
    asked = chats.entry("assistant", "web", message_id="w1", text="Is it 12345 to Elm Street?")
    await chats.append("ann", [asked])
    await line.services.reach.switch("ann", "web", to, by="test")


async def test_a_call_takes_up_what_was_moved_to_the_phone(line: Line) -> None:
    await moved(line)
    caller = Caller(line)
    heard = await caller.call()
    assert heard.endswith(
        "We go on here with what we had begun: tracking your order. What is the number of the order?"
    )
    assert "automated assistant" in heard
    assert "Elm" not in heard
    assert "$OOV_CLASS_DIGIT_SEQUENCE" in hints(caller)
    assert await caller.say() == f"Sorry, I did not hear you. {heard}"
    await caller.say("12345")
    assert await Caller(line).call() == hello("Northlight")


async def test_only_the_person_whose_conversation_was_moved_hears_of_it(line: Line) -> None:
    await moved(line)
    assert await Caller(line, "+12025550124").call() == hello("Northlight")


async def test_what_was_moved_elsewhere_is_not_taken_up_on_the_phone(line: Line) -> None:
    await moved(line, "mobile")
    assert await Caller(line).call() == hello("Northlight")


async def test_what_went_on_elsewhere_or_long_ago_is_not_taken_up(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    await moved(line)
    parts = line.services.reach._parts
    later = FixedClock(SystemClock().now() + timedelta(hours=1))
    with monkeypatch.context() as an_hour_later:
        an_hour_later.setitem(parts.__dict__, "clock", later)
        assert await Caller(line).call() == hello("Northlight")
    chats = line.services.conversations
    written = chats.entry("customer", "web", message_id="w2", text="I have found it")
    await chats.append("ann", [written])
    assert await Caller(line).call() == hello("Northlight")
