"""Calls that are put through to a colleague: what comes of it, and what goes on afterwards."""

from __future__ import annotations

import pytest
import pytest_asyncio

from closer.kit.clock import FixedClock
from closer.kit.pagination import PageRequest
from tests.fakes.connectors import Line
from tests.fakes.phone import ANN, Caller, monday_noon

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def line(phone_running: Line) -> Line:
    await phone_running.fresh()
    phone_running.services.clock = FixedClock(monday_noon())
    await phone_running.services.customers.create(customer_id="ann", name="Ann Lee", phone=ANN)
    return phone_running


async def waits(line: Line) -> str:
    request = await line.services.handoff.request(
        conversation_id="ann", reason="asked", customer_id="ann", channel="voice"
    )
    return request.id


async def put_through(line: Line) -> tuple[Caller, str]:
    """Return a caller whose colleague's phone rings, and the request's id."""
    caller = Caller(line)
    await caller.call()
    request_id = await waits(line)
    await caller.say("give me a person")
    assert caller.verbs() == ["Say", "Dial"]
    return caller, request_id


async def ends(caller: Caller, status: str, **fields: str) -> str:
    dial = caller.document.find("Dial")
    assert dial is not None
    await caller.request(dial.attrib["action"], DialCallStatus=status, **fields)
    return caller.heard


async def picks_up(caller: Caller) -> None:
    number = caller.document.find("Dial/Number")
    assert number is not None
    colleague = Caller(caller.line, "+12025550199")
    await colleague.request(number.attrib["url"], ParentCallSid=caller.sid)


async def system_words(line: Line) -> list[str]:
    history = await line.services.conversations.history("ann", PageRequest())
    return [str(entry.text) for entry in history.items if entry.sender == "system"]


async def test_a_talk_with_a_colleague_ends_the_wait_and_resolves_the_ticket(line: Line) -> None:
    caller, request_id = await put_through(line)
    await picks_up(caller)
    assert (await line.services.handoff.state("ann")).state == "with_agent"
    assert await ends(caller, "completed") == "Goodbye."
    assert caller.verbs() == ["Say", "Hangup"]
    request = await line.services.handoff.get(request_id)
    assert (request.state, request.outcome, request.agent_id) == ("closed", "resolved", "phone")
    assert (await line.services.tickets.get(str(request.ticket_id))).state == "resolved"
    again = Caller(line)
    await again.call()
    assert await again.say("where is my order") == "You said: where is my order."
    assert await system_words(line) == ["A colleague spoke with the caller."]


@pytest.mark.parametrize(
    ("status", "fields"),
    [("no-answer", {}), ("busy", {}), ("failed", {}), ("completed", {"DialBridged": "false"})],
)
async def test_when_nobody_answers_the_call_goes_on_with_the_assistant(
    line: Line, status: str, fields: dict[str, str]
) -> None:
    caller, request_id = await put_through(line)
    assert "get back to you" in await ends(caller, status, **fields)
    request = await line.services.handoff.get(request_id)
    assert (request.state, request.outcome) == ("closed", "promised")
    assert (await line.services.tickets.get(str(request.ticket_id))).state == "open"
    for words in ("where is my order", "and my refund"):
        assert await caller.say(words) == f"You said: {words}."
    assert await system_words(line) == ["No colleague answered the phone."]


async def test_silence_after_nobody_answered_does_not_repeat_what_was_never_said(
    line: Line,
) -> None:
    caller, _ = await put_through(line)
    await ends(caller, "no-answer")
    assert await caller.say() == "Sorry, I did not hear you. Is there anything else I can do now?"


async def test_who_asks_again_after_nobody_answered_is_put_through_again(line: Line) -> None:
    caller, _ = await put_through(line)
    await ends(caller, "no-answer")
    await waits(line)
    await caller.say("a person please")
    assert caller.verbs() == ["Say", "Dial"]


async def test_an_answer_is_told_before_somebody_who_waits_is_put_through(line: Line) -> None:
    caller, _ = await put_through(line)
    assert caller.heard.startswith("You said: give me a person. I'll connect you")


async def test_who_is_led_by_an_agent_is_put_through_once_then_told(line: Line) -> None:
    await line.services.handoff.claim("agent1", await waits(line))
    caller = Caller(line)
    await caller.call()
    await caller.say("hello there")
    assert caller.verbs() == ["Say", "Dial"]
    assert "A colleague has your request" in await ends(caller, "no-answer")
    assert "A colleague has your request" in await caller.say("it is about order 12345")
    assert caller.verbs() == ["Gather"]
    assert (await line.services.handoff.state("ann")).state == "with_agent"
    assert line.echo.read == []


async def test_who_is_led_by_an_agent_out_of_hours_is_told_so(line: Line) -> None:
    line.services.clock = FixedClock(monday_noon().replace(hour=2))
    await line.services.handoff.claim("agent1", await waits(line))
    caller = Caller(line)
    await caller.call()
    assert "A colleague has your request" in await caller.say("hello there")


async def test_a_talk_is_over_when_the_call_is(line: Line) -> None:
    caller, request_id = await put_through(line)
    await picks_up(caller)
    await caller.request("/webhooks/voice/status", CallStatus="completed", CallDuration="95")
    assert (await line.services.handoff.get(request_id)).outcome == "resolved"


async def test_who_hangs_up_while_it_rings_keeps_the_place_in_the_queue(line: Line) -> None:
    caller, request_id = await put_through(line)
    await caller.request("/webhooks/voice/status", CallStatus="completed", CallDuration="20")
    assert (await line.services.handoff.get(request_id)).state == "waiting"
