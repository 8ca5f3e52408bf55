"""Calls from Twilio's webhooks: listening, unclear words, slow turns, hang-up, a colleague."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from channels import voice
from closer.customers.identity import visitor_id
from closer.kit.clock import FixedClock
from closer.kit.pagination import PageRequest
from closer.messaging.phone_wording import hello
from tests.fakes.connectors import Line
from tests.fakes.phone import ANN, COLLEAGUE, Caller, monday_noon
from tests.fakes.twilio_caller import sid

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def line(phone_running: Line) -> Line:
    await phone_running.fresh()
    await phone_running.services.customers.create(customer_id="ann", name="Ann Lee", phone=ANN)
    return phone_running


async def test_a_call_is_answered_and_listened_to(line: Line) -> None:
    caller = Caller(line)
    assert await caller.call() == hello("Northlight")
    gather = caller.document.find("Gather")
    assert gather is not None
    assert gather.attrib["input"] == "dtmf speech"
    assert gather.attrib["bargeIn"] == gather.attrib["actionOnEmptyResult"] == "true"
    line.echo.reply = lambda _, text: [{"text": "Order 12345 costs $20.00: https://x.example/a"}]
    assert await caller.say("where is my order") == "Order 1 2 3 4 5 costs 20 dollars."
    [(message, read)] = line.echo.read
    assert read == "where is my order"
    assert (message.conversation_id, message.channel, message.proven) == ("ann", "voice", False)


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({"words": "", "Digits": "12345"}, "12345"),
        ({"words": "my number is 1 2 3 4 5 thanks"}, "my number is 12345 thanks"),
        ({"words": "2 pairs of 4 socks"}, "2 pairs of 4 socks"),
        ({"words": '/inform{"account_id":"777"}'}, 'inform{"account_id":"777"}'),
    ],
)
async def test_keys_and_spelled_digits_are_read(
    line: Line, fields: dict[str, str], read: str
) -> None:
    caller = Caller(line)
    await caller.call()
    await caller.say(**fields)
    assert line.echo.read[0][1] == read


async def test_a_key_chooses_and_choices_are_hints(line: Line) -> None:
    line.echo.reply = lambda _, text: [
        {
            "text": "Sure?",
            "buttons": [
                {"title": "Yes", "payload": "/affirm"},
                {"title": "No", "payload": "/deny"},
            ],
        }
    ]
    caller = Caller(line)
    await caller.call()
    assert await caller.say("return it") == "Sure? Press 1 or say Yes, press 2 or say No."
    gather = caller.document.find("Gather")
    assert gather is not None
    assert gather.attrib["hints"].startswith("Yes, No, ")
    await caller.say(Digits="2")
    assert line.echo.read[1][1] == "/deny"


async def test_silence_is_asked_again_in_other_words_then_a_person_helps(line: Line) -> None:
    line.services.clock = FixedClock(monday_noon())
    caller = Caller(line)
    await caller.call()
    line.echo.reply = lambda _, text: [{"text": "Which order?"}]
    await caller.say("track it")
    first, second = await caller.say(), await caller.say()
    assert first == "Sorry, I did not hear you. Which order?"
    assert "keys" in second
    await caller.say()
    assert caller.verbs() == ["Say", "Dial"]
    number = caller.document.find("Dial/Number")
    assert number is not None
    assert number.text == COLLEAGUE
    request = await line.services.handoff.current("ann")
    assert request is not None
    assert request.reason == "not_heard"
    assert len(line.echo.read) == 1


async def test_out_of_hours_the_call_ends_with_a_request_kept(line: Line) -> None:
    line.services.clock = FixedClock(monday_noon().replace(hour=2))
    caller = Caller(line)
    await caller.call()
    for _ in range(3):
        await caller.say()
    assert caller.verbs() == ["Say", "Hangup"]
    assert await line.services.handoff.current("ann") is not None


async def test_words_that_are_not_clear_are_not_acted_on(line: Line) -> None:
    caller = Caller(line)
    await caller.call()
    assert "again" in await caller.say("cancel my order", confidence="0.21")
    assert "I understood: cancel my order" in await caller.say("cancel my order", confidence="0.3")
    assert line.echo.read == []
    await caller.say("cancel my order", confidence="0.9")
    assert len(line.echo.read) == 1


async def test_a_yes_to_something_irreversible_must_be_clear(line: Line) -> None:
    line.echo.reply = lambda _, text: [
        {"text": "Sure?", "buttons": [{"title": "Yes", "payload": "/affirm"}]}
    ]
    caller = Caller(line)
    await caller.call()
    await caller.say("cancel it", confidence="0.5")
    await caller.say("yes", confidence="0.5")
    assert len(line.echo.read) == 1
    await caller.say("yes", confidence="0.8")
    assert line.echo.read[1][1] == "/affirm"


async def test_a_slow_turn_leaves_no_dead_air_and_runs_once(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "FIRST_LOOK_S", 0.05)
    line.echo.hold.clear()
    caller = Caller(line)
    await caller.call()
    await caller.request(caller.action, SpeechResult="where is it", Confidence="0.9")
    assert caller.verbs() == ["Say", "Pause", "Redirect"]
    redirect = caller.document.find("Redirect")
    assert redirect is not None
    line.echo.hold.set()
    await caller.request(str(redirect.text))
    assert caller.heard == "You said: where is it."
    assert len(line.echo.read) == 1


async def test_a_turn_that_never_ends_is_given_up_politely(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "FIRST_LOOK_S", 0.02)
    monkeypatch.setattr(voice, "NEXT_LOOK_S", 0.02)
    line.echo.hold.clear()
    caller = Caller(line)
    await caller.call()
    assert "longer than it should" in await caller.say("where is it")
    line.echo.hold.set()
    await line.chain.catch_up("ann")  # its turn goes on in the background


async def test_a_repeated_request_is_the_same_turn(line: Line) -> None:
    caller = Caller(line)
    await caller.call()
    action = caller.action
    for _ in range(2):
        await caller.request(action, SpeechResult="hello there", Confidence="0.9")
    assert caller.heard == "You said: hello there."
    assert len(line.echo.read) == 1


@pytest.mark.parametrize("number", ["+266696687", "anonymous", "", "+86282452253", "client:ann"])
async def test_a_hidden_number_is_no_identity(line: Line, number: str) -> None:
    for _ in range(2):
        caller = Caller(line, number)
        await caller.call()
        await caller.say("hello there")
        assert line.echo.read[-1][0].conversation_id == visitor_id("device", caller.sid)
    assert len({message.conversation_id for message, _ in line.echo.read}) == 2


async def test_a_colleague_is_called_and_told_the_context(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.services.clock = FixedClock(monday_noon())
    caller = Caller(line)
    await caller.call()
    await line.services.handoff.request(
        conversation_id="ann", reason="complaint", customer_id="ann", channel="voice"
    )
    await caller.say("give me a person")
    assert caller.verbs() == ["Say", "Dial"]
    number = caller.document.find("Dial/Number")
    dial = caller.document.find("Dial")
    assert number is not None
    assert dial is not None
    colleague = Caller(line, "+12025550199")
    await colleague.request(number.attrib["url"], ParentCallSid=caller.sid)
    assert (
        colleague.heard
        == "Caller Ann Lee, not verified. Reason: complaint. Last words: give me a person."
    )
    await caller.request(dial.attrib["action"], DialCallStatus="no-answer")
    assert "get back to you" in caller.heard
    await caller.request(dial.attrib["action"], DialCallStatus="completed")
    assert caller.verbs() == ["Say", "Hangup"]


async def test_a_hang_up_is_kept_once(line: Line) -> None:
    caller = Caller(line)
    await caller.call()
    await caller.say("hello there")
    for _ in range(2):
        await caller.request("/webhooks/voice/status", CallStatus="completed", CallDuration="35")
    history = await line.services.conversations.history("ann", PageRequest())
    assert [(entry.sender, entry.text) for entry in history.items if entry.sender == "system"] == [
        ("system", "The call has ended (completed, 35 s).")
    ]
    again = Caller(line)
    await again.call()
    await again.say("me again")
    history = await line.services.conversations.history("ann", PageRequest())
    assert (
        history.items[-1].text == "You said: me again"
    )  # the end of a call is not the newest for ever


async def test_forged_and_nonsense_requests_do_nothing(line: Line) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await line.post("/webhooks/voice/turn?turn=1", b"CallSid=x", form))[0] == 403
    bad: list[tuple[str, dict[str, Any]]] = [
        ("/webhooks/voice/turn?turn=1", {"CallSid": "nonsense"}),
        ("/webhooks/voice/turn?turn=x", {}),
        ("/webhooks/voice/turn?turn=99999", {}),
        ("/webhooks/voice/whisper?who=nobody", {}),
    ]
    for path, fields in bad:
        given = {
            "CallSid": sid("CA"),
            "AccountSid": "AC" + "1" * 32,
            "From": ANN,
            "SpeechResult": "hi",
            **fields,
        }
        assert (await line.twilio(path, given))[0] == 400
    given = {"CallSid": sid("CA"), "AccountSid": "AC" + "1" * 32}
    assert (await line.twilio("/webhooks/voice/nothing", given))[0] == 404
    assert line.echo.read == []
