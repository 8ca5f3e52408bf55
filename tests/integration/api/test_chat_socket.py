"""The chat by WebSocket, against a real server, as docs/chat-protocol.md has it."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

import api.sockets.session as session
from closer.conversations.turn import Entry
from tests.fakes.gateway import MARA, OLE, Door
from tests.fakes.redis_server import RedisServer


async def test_message_is_acknowledged_then_answered(door: Door) -> None:
    socket = await door.socket(door.token("customer", MARA))
    welcome = await socket.next()
    assert welcome["type"] == "welcome"
    assert welcome["conversation_id"] == MARA
    assert welcome["customer"] == {"customer_id": MARA, "name": "Mara Lindqvist"}
    assert welcome["history"] == []
    message_id = await socket.message("Where is my order?")
    assert (await socket.next("ack"))["message_id"] == message_id
    entries = [(await socket.next("entry"))["entry"] for _ in range(2)]
    assert sorted(entry["from"] for entry in entries) == ["assistant", "customer"]
    assert {entry["message_id"] for entry in entries} == {message_id}
    assert await socket.quiet()


async def test_ack_comes_only_after_the_message_is_stored(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    real = door.services.conversations.accept

    async def accept(message: Any) -> Any:
        record = await real(message)
        await asyncio.sleep(0.1)
        order.append("stored")
        return record

    monkeypatch.setattr(door.services.conversations, "accept", accept)
    socket = await door.socket(door.token("customer", MARA))
    await socket.message("hello")
    await socket.next("ack")
    assert order[0] == "stored"


async def test_message_that_cannot_be_stored_is_not_acknowledged(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    from closer.kit.errors import Unavailable

    async def accept(_: Any) -> Any:
        raise Unavailable("the database is not available right now")

    monkeypatch.setattr(door.services.conversations, "accept", accept)
    socket = await door.socket(door.token("customer", MARA))
    message_id = await socket.message("hello")
    error = await socket.next("error")
    assert error["message_id"] == message_id
    assert error["problem"]["code"] == "unavailable"
    await socket.say("ping")
    assert (await socket.next())["type"] == "pong"


async def test_typing_goes_on_and_off(door: Door) -> None:
    socket = await door.socket(door.token("visitor"))
    await socket.message("hello")
    assert (await socket.next("typing"))["on"] is True
    assert (await socket.next("typing"))["on"] is False


async def test_slow_answer_is_announced_as_delayed_and_comes(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "DELAYED_AFTER_S", 0.1)
    door.rasa.hold.clear()
    socket = await door.socket(door.token("customer", MARA))
    message_id = await socket.message("hello")
    assert (await socket.next("delayed"))["message_id"] == message_id
    door.rasa.hold.set()
    assert (await socket.entry("assistant"))["message_id"] == message_id


async def test_rasa_away_means_delayed_then_answered_after_its_return(door: Door) -> None:
    await door.rasa.stop()
    socket = await door.socket(door.token("customer", MARA))
    message_id = await socket.message("hello")
    assert (await socket.next("ack"))["message_id"] == message_id
    assert (await socket.next("delayed"))["message_id"] == message_id
    await door.rasa.start()
    assert await door.rasa.replay() == 1
    assert (await socket.entry("assistant"))["message_id"] == message_id


async def test_same_message_again_is_answered_once(door: Door) -> None:
    socket = await door.socket(door.token("customer", MARA))
    message_id = await socket.message("hello")
    first = await socket.entry("assistant")
    await socket.message("hello", message_id=message_id)
    assert (await socket.next("ack"))["message_id"] == message_id
    assert (await socket.entry("assistant"))["id"] == first["id"]
    assert len(door.rasa.received) == 1


async def test_messages_of_one_conversation_keep_their_order(door: Door) -> None:
    socket = await door.socket(door.token("customer", MARA))
    sent = [await socket.message(f"number {number}") for number in range(8)]
    for _ in sent:
        await socket.entry("assistant")
    assert [message.message_id for message in door.rasa.received] == sent


async def test_answer_is_worked_out_although_the_socket_is_gone(door: Door) -> None:
    door.rasa.hold.clear()
    token = door.token("customer", MARA)
    socket = await door.socket(token)
    message_id = await socket.message("hello")
    await socket.next("ack")
    await socket.raw.close()
    door.rasa.hold.set()
    back = await door.socket(token)
    history = (await back.next("welcome"))["history"]
    if not any(entry["from"] == "assistant" for entry in history):
        assert (await back.entry("assistant"))["message_id"] == message_id
    assert door.rasa.finished == [message_id]


async def test_other_tab_and_other_channel_are_seen(door: Door) -> None:
    token = door.token("customer", MARA)
    one, two = await door.socket(token), await door.socket(door.token("customer", MARA))
    await one.next("welcome")
    await two.next("welcome")
    message_id = await one.message("from the first tab")
    seen = [(await two.next("entry"))["entry"] for _ in range(2)]
    assert {entry["message_id"] for entry in seen} == {message_id}
    conversations = door.services.conversations
    await conversations.append(MARA, [conversations.entry("agent", "sms", text="A person here")])
    assert (await one.entry("agent"))["text"] == "A person here"
    assert (await two.entry("agent"))["channel"] == "sms"


async def test_reconnect_brings_what_came_meanwhile(door: Door) -> None:
    conversations = door.services.conversations
    entries = [
        conversations.entry("agent", "web", number, text=f"line {number}") for number in range(3)
    ]
    await conversations.append(MARA, entries[:1])
    socket = await door.socket(door.token("customer", MARA))
    last = (await socket.next("welcome"))["history"][-1]["id"]
    await socket.raw.close()
    await conversations.append(MARA, entries[1:])
    again = await door.socket(door.token("customer", MARA), after=last)
    assert [entry["text"] for entry in (await again.next("welcome"))["history"]] == [
        "line 1",
        "line 2",
    ]


async def test_welcome_holds_the_last_fifty(door: Door) -> None:
    conversations = door.services.conversations
    await conversations.append(
        MARA, [conversations.entry("agent", "web", n, text=str(n)) for n in range(60)]
    )
    socket = await door.socket(door.token("customer", MARA))
    texts = [entry["text"] for entry in (await socket.next("welcome"))["history"]]
    assert texts == [str(n) for n in range(10, 60)]


async def test_redis_away_loses_nothing(door: Door, redis_server: RedisServer) -> None:
    socket = await door.socket(door.token("customer", MARA))
    await socket.next("welcome")
    redis_server.stop()
    try:
        message_id = await socket.message("hello without Redis")
        assert (await socket.next("ack", 15))["message_id"] == message_id
        assert (await socket.entry("assistant", 15))["message_id"] == message_id
        conversations = door.services.conversations
        await conversations.append(
            MARA, [conversations.entry("agent", "web", text="while it is away")]
        )
        assert (await socket.entry("agent", 15))["text"] == "while it is away"
    finally:
        redis_server.start()
    await conversations.append(MARA, [conversations.entry("agent", "web", text="back again")])
    assert (await socket.entry("agent", 15))["text"] == "back again"


async def test_entry_announced_twice_is_shown_once(door: Door) -> None:
    conversations = door.services.conversations
    socket = await door.socket(door.token("customer", MARA))
    await socket.next("welcome")
    entry: Entry = conversations.entry("agent", "web", text="once")
    await conversations.append(MARA, [entry])
    await conversations.announce(MARA, [entry])
    assert (await socket.entry("agent"))["id"] == entry.id
    assert await socket.quiet()


async def test_message_of_another_person_with_the_same_id_is_another_message(door: Door) -> None:
    message_id = str(uuid.uuid4())
    for person in (MARA, OLE):
        socket = await door.socket(door.token("customer", person))
        await socket.message(f"I am {person}", message_id=message_id)
        assert (await socket.entry("assistant"))["text"] == f"You said: I am {person}"
    assert [message.conversation_id for message in door.rasa.received] == [MARA, OLE]


async def test_long_absence_is_caught_up_whole(door: Door) -> None:
    conversations = door.services.conversations
    first = conversations.entry("agent", "web", text="first")
    await conversations.append(MARA, [first])
    many = [conversations.entry("agent", "web", n % 100, text=str(n)) for n in range(450)]
    await conversations.append(MARA, many)
    socket = await door.socket(door.token("customer", MARA), after=first.id)
    assert len((await socket.next("welcome"))["history"]) == 450
