"""Text messages from Twilio's webhook to the outbox."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from channels.sms import NO_REPLY, SmsInput
from closer.customers.identity import visitor_id
from closer.kit.pagination import PageRequest
from tests.fakes.connectors import Line, connected
from tests.fakes.redis_server import running_redis
from tests.fakes.twilio_caller import request, sms

pytestmark = pytest.mark.asyncio(loop_scope="module")
INBOUND = "/webhooks/sms/inbound"
ANN, BOB = "+12025550123", "+12025550124"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    with running_redis() as redis:
        async with connected(
            tmp_path_factory.mktemp("sms"),
            redis,
            SmsInput(),
            twilio_account_sid="AC" + "1" * 32,
            twilio_auth_token="twilio-secret",
            twilio_from_number="+12025550199",
        ) as line:
            yield line


@pytest_asyncio.fixture(loop_scope="module")
async def line(running: Line) -> Line:
    await running.fresh()
    await running.services.customers.create(customer_id="ann", name="Ann Lee", phone=ANN)
    return running


async def threats(line: Line) -> list[str]:
    await line.services.threats.flush()
    since = line.services.clock.now() - timedelta(hours=1)
    return [item.kind for item in await line.services.threats.recent(since=since)]


async def test_a_message_is_acknowledged_at_once_and_answered_through_the_outbox(
    line: Line,
) -> None:
    line.echo.hold.clear()
    fields = sms("where is my order", ANN)
    began = time.perf_counter()
    status, kind, body = await line.twilio(INBOUND, fields)
    assert time.perf_counter() - began < 1
    assert (status, kind, body.encode()) == (200, "text/xml", NO_REPLY)
    assert await line.outbox() == []
    line.echo.hold.set()
    await line.idle()
    [reply] = await line.outbox()
    assert (reply.channel, reply.address, reply.kind) == ("sms", ANN, "reply")
    assert reply.body == "You said: where is my order"
    assert reply.customer_id == "ann"


async def test_the_number_leads_to_the_customers_conversation_but_proves_nothing(
    line: Line,
) -> None:
    await line.text("hello")
    [(message, _)] = line.echo.read
    assert (message.conversation_id, message.customer_id) == ("ann", "ann")
    assert message.proven is False
    history = await line.services.conversations.history("ann", PageRequest())
    assert [entry.sender for entry in history.items] == ["customer", "assistant"]


async def test_an_unknown_or_shared_number_has_a_conversation_of_its_own(line: Line) -> None:
    await line.text("hello", BOB)
    await line.services.customers.create(customer_id="ann2", name="Ann Too", phone=ANN)
    await line.text("hello", ANN)
    ids = [message.conversation_id for message, _ in line.echo.read]
    assert ids == [visitor_id("phone", BOB), visitor_id("phone", ANN)]
    assert all(BOB[1:] not in item and ANN[1:] not in item for item in ids)
    assert [message.customer_id for message, _ in line.echo.read] == [None, None]


async def test_a_repeated_delivery_is_the_same_message(line: Line) -> None:
    fields = sms("hello", ANN)
    answers = await asyncio.gather(*(line.twilio(INBOUND, fields) for _ in range(5)))
    await line.idle()
    assert {status for status, _, _ in answers} == {200}
    await line.twilio(INBOUND, fields)
    await line.idle()
    assert len(line.echo.read) == 1
    assert len(await line.outbox()) == 1


async def test_a_leading_slash_is_no_command(line: Line) -> None:
    await line.text('/inform{"account_id":"777"}')
    assert line.echo.read[0][1] == 'inform{"account_id":"777"}'


async def test_a_number_chooses_the_button_that_was_offered(line: Line) -> None:
    buttons = [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
    line.echo.reply = lambda _, text: [{"text": "Sure?", "buttons": buttons}]
    await line.text("return my order")
    assert (await line.outbox())[0].body == "Sure?\nReply 1 Yes, 2 No"
    await line.text("2")
    assert line.echo.read[1][1] == "/deny"


async def test_a_whatsapp_button_is_its_payload_only_if_it_was_offered(line: Line) -> None:
    line.echo.reply = lambda _, text: [
        {"text": "Sure?", "buttons": [{"title": "Yes", "payload": "/affirm"}]}
    ]
    whatsapp = {"number": f"whatsapp:{ANN}", "To": "whatsapp:+12025550199"}
    await line.text("hi", **whatsapp)
    await line.text("Yes!", ButtonPayload="/affirm", ButtonText="Yes!", **whatsapp)
    await line.text("Refund", ButtonPayload="/get_refund", ButtonText="Refund", **whatsapp)
    assert [text for _, text in line.echo.read] == ["hi", "/affirm", "Refund"]
    assert {item.address for item in await line.outbox()} == {f"whatsapp:{ANN}"}
    assert {message.conversation_id for message, _ in line.echo.read} == {"ann"}


async def test_a_place_without_words_is_read_as_text(line: Line) -> None:
    await line.text("", Latitude="52.5", Longitude="13.4", Label="Cafe", Address="Main St 1")
    assert line.echo.read[0][1] == "Cafe, Main St 1, 52.5 13.4"


async def test_a_picture_without_words_is_taken_note_of(line: Line) -> None:
    await line.text(
        "", NumMedia="1", MediaUrl0="https://api.twilio.com/m/ME1", MediaContentType0="image/jpeg"
    )
    assert line.echo.read == []
    [reply] = await line.outbox()
    assert reply.body is not None
    assert "I have your file" in reply.body


async def test_an_agent_who_has_the_conversation_gets_the_message(line: Line) -> None:
    await line.services.handoff.request(
        conversation_id="ann", customer_id="ann", reason="asked", channel="sms"
    )
    await line.services.handoff.claim("agent1")
    await line.text("are you there?")
    assert line.echo.read == []
    assert await line.outbox() == []


async def test_who_writes_too_fast_is_told_once(line: Line) -> None:
    for number in range(35):
        await line.text(f"message {number}")
    assert len(line.echo.read) == 30
    told = [item for item in await line.outbox() if item.body and "Please wait" in item.body]
    assert len(told) == 1
    await line.text("hello", BOB)
    assert line.echo.read[-1][0].address == BOB


async def test_machines_are_not_answered(line: Line) -> None:
    for number in ("22395", "AMAZON", "+12025550199"):
        await line.text("Your code is 1234", number)
    assert line.echo.read == []
    assert await line.outbox() == []


async def test_forged_and_broken_requests_are_refused_and_counted(line: Line) -> None:
    fields = sms("hello", ANN)
    body, headers = request("twilio-secret", "https://shop.example", INBOUND, fields)
    unsigned = {"Content-Type": headers["Content-Type"]}
    wrong = {**headers, "X-Twilio-Signature": headers["X-Twilio-Signature"].swapcase()}
    cases = [
        (body, unsigned, 403),
        (body, wrong, 403),
        (body.replace(b"hello", b"hullo"), headers, 403),
        (body[:-3], headers, 403),
        (body[:-14], headers, 400),
        (body, {**headers, "Content-Type": "application/json"}, 415),
        (body + b"&&", headers, 400),
        (body + b"&Body=" + b"x" * 70_000, headers, 413),
        (b"", headers, 403),
    ]
    for sent, with_headers, expected in cases:
        status, kind, _ = await line.post(INBOUND, sent, with_headers)
        assert (status, kind) == (expected, "application/problem+json"), sent[:80]
    for changed, expected in [({"AccountSid": "AC" + "2" * 32}, 403), ({"MessageSid": "x"}, 400)]:
        status, _, _ = await line.twilio(INBOUND, {**fields, **changed})
        assert status == expected
    status, _, _ = await line.twilio("/webhooks/sms/inbound?x=1", fields)
    assert status == 200  # the query is signed as well
    await line.idle()
    assert len(line.echo.read) == 1
    assert set(await threats(line)) == {
        "forged_webhook",
        "malformed_webhook",
        "oversized_webhook",
    }


async def test_a_delivery_of_long_ago_is_a_replay(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    sid = await line.text("hello")
    assert await threats(line) == []
    monkeypatch.setattr("channels.sms.REPLAYED_AFTER", timedelta(0))
    await line.text("hello", MessageSid=sid)
    assert await threats(line) == ["replayed_webhook"]
    assert len(line.echo.read) == 1


async def test_a_database_that_is_away_is_no_acknowledgement(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    from closer.kit.errors import Unavailable

    async def away(_: object) -> None:
        raise Unavailable("the database is not available right now")

    monkeypatch.setattr(line.services.conversations, "accept", away)
    status, _, _ = await line.twilio(INBOUND, sms("hello", ANN))
    assert status == 503


async def test_a_bug_is_a_problem_without_its_details(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("secret details")

    monkeypatch.setattr(line.services.identities, "resolve", broken)
    status, kind, body = await line.twilio(INBOUND, sms("hello", ANN))
    assert (status, kind) == (500, "application/problem+json")
    assert "secret" not in body
