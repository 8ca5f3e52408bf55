"""Messages handed in by services."""

from __future__ import annotations

import pytest

from tests.fakes.gateway import MARA, Door

RECEIVE = "/api/v1/channels/receive"
SEED = {
    "customer_id": "user123",
    "channel": "sms",
    "message": "I want to check my order status",
    "context": {
        "session_id": "session_abc",
        "previous_conversations": ["What's the status of my order?", "What is my order number?"],
    },
}


@pytest.mark.parametrize("role", ["service", "agent", "admin"])
async def test_message_is_answered_with_what_the_model_made_of_it(door: Door, role: str) -> None:
    status, answer = await door.call("POST", RECEIVE, SEED, token=door.token(role))
    assert status == 200
    assert answer["response"] == "You said: I want to check my order status"
    assert (answer["intent"], answer["confidence"]) == ("track_order", 0.93)
    assert answer["entities"][0]["value"] == "12345"
    assert answer["model_version"] == "test-model"
    assert answer["handoff"] == {"state": "bot"}
    assert answer["conversation_id"] == MARA
    assert answer["message_id"]
    received = door.rasa.received[0]
    assert (received.channel, received.customer_id, received.proven) == ("sms", MARA, True)
    assert received.context["session_id"] == "session_abc"


async def test_session_id_names_no_conversation(door: Door) -> None:
    body = {**SEED, "context": {"session_id": "user456"}}
    _, answer = await door.call("POST", RECEIVE, body, token=door.token("service"))
    assert answer["conversation_id"] == MARA


async def test_each_request_is_a_message_unless_it_names_one(door: Door) -> None:
    token = door.token("service")
    ids = {(await door.call("POST", RECEIVE, SEED, token=token))[1]["message_id"] for _ in range(2)}
    assert len(ids) == 2
    named = [
        (await door.call("POST", RECEIVE, {**SEED, "message_id": "SM1"}, token=token))[1]
        for _ in range(2)
    ]
    assert [answer["repeated"] for answer in named] == [False, True]
    assert len(door.rasa.received) == 3


async def test_customer_sees_it_in_the_open_chat(door: Door) -> None:
    socket = await door.socket(door.token("customer", MARA))
    await socket.next("welcome")
    await door.call("POST", RECEIVE, SEED, token=door.token("service"))
    entries = [(await socket.next("entry"))["entry"] for _ in range(2)]
    assert {(entry["from"], entry["channel"]) for entry in entries} == {
        ("customer", "sms"),
        ("assistant", "sms"),
    }


async def test_unproven_identity_is_passed_on(door: Door) -> None:
    await door.call(
        "POST", RECEIVE, {**SEED, "identity_proven": False}, token=door.token("service")
    )
    assert door.rasa.received[0].proven is False


async def test_slow_answer_is_accepted(door: Door) -> None:
    await door.rasa.stop()
    status, answer = await door.call("POST", RECEIVE, SEED, token=door.token("service"))
    assert (status, answer["state"]) == (202, "accepted")


async def test_strange_context_is_cleaned(door: Door) -> None:
    token = door.token("service")
    async with door.http.post(
        door.url + RECEIVE,
        data='{"customer_id": "user123", "channel": "web", "message": "hi", "context": {"a": "\\ud800\\u0000", "b": NaN}}',
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    ) as answer:
        assert answer.status == 200
    assert door.rasa.received[0].context == {"a": "\ufffd", "b": None}
    deep = {"x": {}}
    for _ in range(20):
        deep = {"x": deep}
    assert (await door.call("POST", RECEIVE, {**SEED, "context": deep}, token=token))[0] == 422


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"customer_id": "nobody"}, 404),
        ({"channel": "pigeon"}, 422),
        ({"message": ""}, 422),
        ({"extra": 1}, 422),
    ],
)
async def test_bad_requests_are_refused(door: Door, change: dict[str, object], status: int) -> None:
    answer = await door.call("POST", RECEIVE, {**SEED, **change}, token=door.token("service"))
    assert answer[0] == status
    assert door.rasa.received == []


@pytest.mark.parametrize("role", ["customer", "visitor", "trainer"])
async def test_customers_may_not_speak_for_anybody(door: Door, role: str) -> None:
    token = door.token(role, MARA if role == "customer" else None)
    assert (await door.call("POST", RECEIVE, SEED, token=token))[0] == 403
