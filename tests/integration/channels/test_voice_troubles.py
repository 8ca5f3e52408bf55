"""Calls in trouble: nothing heard, answers that come late or never, outages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio

from channels import voice
from closer.conversations import service
from closer.conversations.turn import InboundMessage
from closer.kit.clock import FixedClock
from closer.kit.errors import Unavailable
from closer.messaging.phone_wording import hello
from tests.fakes.connectors import Line
from tests.fakes.phone import ANN, Caller, monday_noon

pytestmark = pytest.mark.asyncio(loop_scope="module")
CONFIRM = {"text": "Cancel it?", "buttons": [{"title": "Yes", "payload": "/affirm"}]}


@pytest_asyncio.fixture(loop_scope="module")
async def line(phone_running: Line) -> AsyncIterator[Line]:
    await phone_running.fresh()
    phone_running.services.clock = FixedClock(monday_noon())
    await phone_running.services.customers.create(customer_id="ann", name="Ann Lee", phone=ANN)
    yield phone_running
    phone_running.echo.hold.set()
    await phone_running.chain.catch_up("ann")


@pytest.fixture
def held(line: Line, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Turns do not end, and looks for their results follow quickly; undone when the turns may end."""
    line.echo.hold.clear()
    with monkeypatch.context() as looks:
        looks.setattr(voice, "FIRST_LOOK_S", 0.03)
        looks.setattr(voice, "NEXT_LOOK_S", 0.03)
        yield looks


async def on_the_line(line: Line) -> Caller:
    caller = Caller(line)
    await caller.call()
    return caller


async def finished(line: Line, count: int) -> None:
    """Wait until so many messages were read and their turns are over."""
    line.echo.hold.set()
    await line.chain.catch_up("ann")
    assert len(line.echo.read) == count


async def test_silence_at_the_start_repeats_the_greeting_not_other_channels(line: Line) -> None:
    chats = line.services.conversations
    private = chats.entry(
        "assistant", "web", message_id="w1", text="Order 12345 goes to 5 Elm Street."
    )
    await chats.append("ann", [private])
    caller = await on_the_line(line)
    assert await caller.say() == f"Sorry, I did not hear you. {hello('Northlight')}"


async def test_silence_repeats_what_this_call_said_last(line: Line) -> None:
    chats = line.services.conversations
    caller = await on_the_line(line)
    line.echo.reply = lambda *_: [{"text": "Which order?"}]
    await caller.say("track it")
    for channel, message in (("web", "w1"), ("voice", f"CA{'0' * 32}.1")):
        other = chats.entry("assistant", channel, message_id=message, text="Elm Street?")
        await chats.append("ann", [other])
    assert await caller.say() == "Sorry, I did not hear you. Which order?"


@pytest.mark.parametrize("words", ["yes", ""])
async def test_a_question_that_was_not_heard_cannot_be_answered(
    line: Line, held: pytest.MonkeyPatch, words: str
) -> None:
    line.echo.reply = lambda *_: [CONFIRM]
    caller = await on_the_line(line)
    assert "longer than it should" in await caller.say("cancel my order")
    held.undo()
    await finished(line, 1)
    heard = await caller.say(words)
    assert heard == "Here is what you asked before. Cancel it? Press 1 or say Yes."
    assert len(line.echo.read) == 1
    line.echo.reply = lambda *_: [{"text": "It is cancelled."}]
    assert await caller.say("yes") == "It is cancelled."
    assert line.echo.read[1][1] == "/affirm"


async def test_an_answer_that_never_comes_leads_to_a_person(
    line: Line, held: pytest.MonkeyPatch
) -> None:
    caller = await on_the_line(line)
    for words in ("cancel my order", "tell me"):
        assert "longer than it should" in await caller.say(words)
    await caller.say("tell me")
    assert caller.verbs() == ["Say", "Dial"]
    request = await line.services.handoff.current("ann")
    assert request is not None
    assert request.reason == "slow_answer"


@pytest.mark.parametrize("hour", [12, 2])
async def test_who_will_not_wait_for_an_answer_gets_a_person(
    line: Line, held: pytest.MonkeyPatch, hour: int
) -> None:
    line.services.clock = FixedClock(monday_noon().replace(hour=hour))
    caller = await on_the_line(line)
    await caller.say("cancel my order")
    await caller.say("let me talk to an agent")
    assert caller.verbs()[-1] == ("Dial" if hour == 12 else "Hangup")
    assert await line.services.handoff.current("ann") is not None


async def test_there_is_no_dead_air() -> None:
    assert voice.FIRST_LOOK_S <= 3 >= voice.NEXT_LOOK_S


async def test_who_waits_does_not_hear_the_same_words_twice_in_a_row(
    line: Line, held: pytest.MonkeyPatch
) -> None:
    caller = await on_the_line(line)
    await caller.request(caller.action, SpeechResult="where is it", Confidence="0.9")
    said = [caller.heard]
    while (redirect := caller.document.find("Redirect")) is not None:
        await caller.request(str(redirect.text))
        said.append(caller.heard)
    assert len(said) > 8
    assert all(one != other for one, other in pairwise(said))


async def test_an_outage_of_the_dialogue_is_waited_out(line: Line) -> None:
    failures = [Unavailable("the database is not available right now")]

    def reply(_: InboundMessage, text: str) -> list[dict[str, Any]]:
        if failures:
            raise failures.pop()
        return [{"text": f"You said: {text}"}]

    line.echo.reply = reply
    caller = await on_the_line(line)
    assert await caller.say("where is it") == "You said: where is it."


async def test_a_message_that_fails_for_good_is_apologised_for(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MAX_ATTEMPTS", 1)

    def reply(_: InboundMessage, text: str) -> list[dict[str, Any]]:
        raise ValueError("a fault")

    good, line.echo.reply = line.echo.reply, reply
    caller = await on_the_line(line)
    assert "could not do that" in await caller.say("where is it")
    line.echo.reply = good
    assert await caller.say("hello there") == "You said: hello there."


async def test_an_outage_of_everything_does_not_end_the_call(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise Unavailable("the database is not available right now")

    caller = Caller(line)
    with monkeypatch.context() as outage:
        outage.setattr(line.services.identities, "resolve", away)
        assert await caller.call() == hello("Northlight")
        for _ in range(2):
            assert "say that again" in await caller.say("where is it")
    assert await caller.say("where is my order") == "You said: where is my order."
    assert [text for _, text in line.echo.read] == ["where is my order"]
    monkeypatch.setattr(line.services.identities, "resolve", away)
    for _ in range(3):
        await caller.say("where is it")
    assert caller.verbs() == ["Say", "Hangup"]
    await caller.request("/webhooks/voice/status", CallStatus="completed")
    await caller.request("/webhooks/voice/dialled?turn=1", DialCallStatus="no-answer")
    assert caller.verbs() == ["Gather"]
    await caller.request("/webhooks/voice/whisper?who=anybody")
    assert caller.verbs() == ["Say"]


async def test_words_that_were_never_taken_are_asked_for_again(line: Line) -> None:
    caller = await on_the_line(line)
    await caller.request("/webhooks/voice/wait?turn=1&missed=1")
    assert caller.verbs() == ["Say", "Pause", "Redirect"]
    await caller.request("/webhooks/voice/wait?turn=1&missed=10")
    assert "say that again" in caller.heard
    assert await caller.say("where is it") == "You said: where is it."
    assert [text for _, text in line.echo.read] == ["where is it"]
