"""What a chat socket refuses, and when it is closed."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

import api.sockets.session as session
from closer.security.ratelimit import Limit
from tests.fakes.gateway import MARA, OLE, Door


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("no json", "bad_frame"),
        ("[1]", "bad_frame"),
        ('{"type": "shout"}', "bad_frame"),
        ('{"type": {}}', "bad_frame"),
        ('{"type": "message", "message_id": "m1"}', "invalid_input"),
        ('{"type": "message", "message_id": "m1", "text": ""}', "invalid_input"),
        ('{"type": "message", "message_id": "m1", "text": "  \\n "}', "invalid_input"),
        ('{"type": "message", "message_id": "m1", "text": "a\\u0000b"}', "invalid_input"),
        ('{"type": "message", "message_id": "m1", "text": "a\\ud800b"}', "invalid_input"),
        ('{"type": "message", "message_id": "m1", "text": 5}', "invalid_input"),
        (
            '{"type": "message", "message_id": "m1", "text": "x", "conversation_id": "user456"}',
            "invalid_input",
        ),
        ('{"type": "message", "message_id": "../x", "text": "x"}', "invalid_input"),
        (
            json.dumps({"type": "message", "message_id": "m1", "text": "x" * 10_001}),
            "message_too_long",
        ),
        (json.dumps({"type": "ping", "pad": "x" * 70_000}), "frame_too_large"),
        ("[" * 50_000, "bad_frame"),
        ('{"type": "hello", "token": "x"}', "bad_frame"),
    ],
)
async def test_bad_frames_are_refused_and_the_socket_stays(
    door: Door, sent: str, code: str
) -> None:
    socket = await door.socket(door.token("customer", MARA))
    await socket.next("welcome")
    await socket.raw.send_str(sent)
    error = await socket.next()
    assert (error["type"], error["problem"]["code"]) == ("error", code)
    assert {"type", "title", "status", "detail", "code", "correlation_id"} <= error[
        "problem"
    ].keys()
    await socket.say("ping")
    assert (await socket.next())["type"] == "pong"
    assert door.rasa.received == []


async def test_binary_frames_are_refused_before_and_after_hello(door: Door) -> None:
    socket = await door.socket()
    await socket.raw.send_bytes(b"\x00\x01")
    assert (await socket.next("error"))["problem"]["code"] == "binary_frame"
    await socket.say("hello", token=door.token("customer", MARA))
    await socket.next("welcome")
    await socket.raw.send_bytes(
        json.dumps({"type": "message", "message_id": "m", "text": "hi"}).encode()
    )
    assert (await socket.next("error"))["problem"]["code"] == "binary_frame"
    await socket.say("ping")
    assert (await socket.next())["type"] == "pong"


@pytest.mark.parametrize(
    "text",
    ["Привет, где мой заказ?", "注文はどこ", "<b>x</b>'; DROP TABLE orders;--", "/greet", "👩‍🚀"],
)
async def test_any_text_passes_as_text(door: Door, text: str) -> None:
    socket = await door.socket(door.token("customer", MARA))
    await socket.message(text)
    assert (await socket.entry("assistant"))["text"] == f"You said: {text}"
    assert door.rasa.received[0].text == text


async def test_payload_and_identity_reach_the_dialogue(door: Door) -> None:
    socket = await door.socket(door.token("customer", MARA))
    await socket.message("Yes, cancel it", payload="/affirm")
    await socket.entry("assistant")
    message = door.rasa.received[0]
    assert (message.payload, message.customer_id, message.proven, message.channel) == (
        "/affirm",
        MARA,
        True,
        "web",
    )
    visitor = await door.socket(door.token("visitor"))
    await visitor.message("hello")
    await visitor.entry("assistant")
    assert (door.rasa.received[1].customer_id, door.rasa.received[1].proven) == (None, False)


async def test_no_hello_in_time_closes(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "HELLO_WITHIN_S", 0.2)
    socket = await door.socket()
    assert (await socket.next())["problem"]["code"] == "not_authenticated"
    assert await socket.closed() == 4401


async def test_first_frame_must_be_hello(door: Door) -> None:
    socket = await door.socket()
    await socket.say("ping")
    assert (await socket.next())["problem"]["code"] == "not_authenticated"
    assert await socket.closed() == 4401


async def test_staff_have_no_conversation(door: Door) -> None:
    socket = await door.socket(door.token("agent"))
    assert (await socket.next())["problem"]["code"] == "not_permitted"
    assert await socket.closed() == 4403


async def test_token_that_expires_closes_and_a_new_one_keeps_open(door: Door) -> None:
    socket = await door.socket(door.token("customer", MARA, ttl_s=1))
    await socket.next("welcome")
    assert (await socket.next("error"))["problem"]["code"] == "token_expired"
    assert await socket.closed() == 4401
    kept = await door.socket(door.token("customer", MARA, ttl_s=1))
    await kept.next("welcome")
    await kept.say("token", token=door.token("customer", MARA))
    await asyncio.sleep(1.3)
    await kept.say("ping")
    assert (await kept.next())["type"] == "pong"


async def test_token_of_somebody_else_closes(door: Door) -> None:
    socket = await door.socket(door.token("customer", MARA))
    await socket.next("welcome")
    await socket.say("token", token=door.token("customer", OLE))
    assert (await socket.next("error"))["problem"]["code"] == "not_permitted"
    assert await socket.closed() == 4403


async def test_logout_closes_the_sockets(door: Door) -> None:
    tokens = await door.login("mara@example.org")
    socket = await door.socket(tokens["access_token"])
    other = await door.socket(door.token("customer", MARA))
    await socket.next("welcome")
    await other.next("welcome")
    assert (await door.call("POST", "/api/v1/auth/logout", token=tokens["access_token"]))[0] == 204
    assert (await socket.next("error"))["problem"]["code"] == "token_revoked"
    assert await socket.closed() == 4401
    await other.say("ping")
    assert (await other.next())["type"] == "pong"


async def test_too_fast_closes_with_retry_after(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MESSAGES", Limit(3, 60))
    socket = await door.socket(door.token("customer", MARA))
    for number in range(4):
        await socket.message(f"number {number}")
    problem = (await socket.next("error"))["problem"]
    assert problem["code"] == "too_many_requests"
    assert problem["retry_after"] >= 1
    assert await socket.closed() == 4429


async def test_sockets_of_one_person_are_limited(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "SOCKETS", 2)
    token = door.token("customer", MARA)
    held = [await door.socket(token) for _ in range(2)]
    for socket in held:
        await socket.next("welcome")
    third = await door.socket(token)
    assert (await third.next())["problem"]["code"] == "too_many_requests"
    assert await third.closed() == 4429


async def test_address_that_opens_too_many_is_turned_away(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "OPENINGS", Limit(2, 60))
    held = [await door.socket() for _ in range(2)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await door.socket()
    assert caught.value.status == 403
    assert len(held) == 2
