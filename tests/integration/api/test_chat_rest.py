"""The chat by REST."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.gateway import MARA, Door

MESSAGES, HISTORY = "/api/v1/chat/messages", "/api/v1/chat/history"


async def test_message_is_answered_with_a_turn(door: Door) -> None:
    token = door.token("customer", MARA)
    status, turn = await door.call(
        "POST", MESSAGES, {"message_id": "m1", "text": "Where is it?"}, token=token
    )
    assert status == 200
    assert turn["conversation_id"] == MARA
    assert turn["intent"] == {"name": "track_order", "confidence": 0.93}
    assert turn["replies"][0]["text"] == "You said: Where is it?"
    assert turn["replies"][0]["from"] == "assistant"
    assert turn["handoff"] == {"state": "bot"}
    assert turn["repeated"] is False
    again = await door.call(
        "POST", MESSAGES, {"message_id": "m1", "text": "Where is it?"}, token=token
    )
    assert again[1]["repeated"] is True
    assert again[1]["replies"] == turn["replies"]
    assert len(door.rasa.received) == 1


async def test_slow_answer_is_accepted_and_comes_in_the_history(door: Door) -> None:
    door.services.settings.turn_deadline_s = 0.2
    door.rasa.hold.clear()
    token = door.token("customer", MARA)
    answer = await door.call("POST", MESSAGES, {"message_id": "m1", "text": "hello"}, token=token)
    assert answer == (202, {"message_id": "m1", "state": "accepted"})
    door.rasa.hold.set()
    await door.rasa.replay()
    _, page = await door.call("GET", HISTORY, token=token)
    assert [entry["from"] for entry in page["items"]][:1] == ["customer"]


async def test_rasa_away_is_accepted(door: Door) -> None:
    await door.rasa.stop()
    token = door.token("customer", MARA)
    answer = await door.call("POST", MESSAGES, {"message_id": "m1", "text": "hello"}, token=token)
    assert answer == (202, {"message_id": "m1", "state": "accepted"})
    assert await door.rasa.replay() == 1
    _, page = await door.call("GET", HISTORY, token=token)
    assert [entry["from"] for entry in page["items"]] == ["customer", "assistant"]


async def test_history_pages_backwards(door: Door) -> None:
    conversations = door.services.conversations
    await conversations.append(
        MARA, [conversations.entry("agent", "web", n, text=str(n)) for n in range(25)]
    )
    token, seen, cursor = door.token("customer", MARA), [], None
    while True:
        query = {"limit": "10"} | ({"before": cursor} if cursor else {})
        status, page = await door.call("GET", HISTORY, token=token, params=query)
        assert status == 200
        seen = [entry["text"] for entry in page["items"]] + seen
        cursor = page.get("next_cursor")
        if cursor is None:
            break
    assert seen == [str(n) for n in range(25)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message_id": "m1", "text": ""}, 422),
        ({"message_id": "m1", "text": " \n\t "}, 422),
        ({"message_id": "m1"}, 422),
        ({"text": "hello"}, 422),
        ({"message_id": "m1", "text": "x\u0007y"}, 422),
        ({"message_id": "m1", "text": "x\u0000y"}, 422),
        ({"message_id": "m1", "text": None}, 422),
        ({"message_id": "m1", "text": ["a"]}, 422),
        ({"message_id": "m1", "text": "x", "customer_id": "user456"}, 422),
        ({"message_id": "m1", "text": "x", "conversation_id": "user456"}, 422),
        ({"message_id": "x" * 129, "text": "x"}, 422),
        ({"message_id": "m1", "text": "x" * 10_001}, 422),
        ({"message_id": "m1", "text": "x" * 1_200_000}, 413),
    ],
)
async def test_bad_messages_are_refused(door: Door, body: dict[str, Any], status: int) -> None:
    got, problem = await door.call("POST", MESSAGES, body, token=door.token("customer", MARA))
    assert got == status
    assert problem["status"] == status
    assert problem["type"].startswith("urn:closer:problem:")
    assert "user456" not in str(problem.get("detail"))
    assert door.rasa.received == []


async def test_too_long_message_says_the_limit(door: Door) -> None:
    body = {"message_id": "m1", "text": "x" * 10_001}
    _, problem = await door.call("POST", MESSAGES, body, token=door.token("customer", MARA))
    assert problem["code"] == "message_too_long"
    assert problem["limit"] == 10_000
    status, _ = await door.call(
        "POST", MESSAGES, {**body, "text": "x" * 10_000}, token=door.token("customer", MARA)
    )
    assert status == 200


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "x"},
        {"before": "%%%"},
        {"before": "AA=="},
        {"before": ""},
    ],
)
async def test_bad_history_queries_are_refused(door: Door, query: dict[str, str]) -> None:
    status, problem = await door.call(
        "GET", HISTORY, token=door.token("customer", MARA), params=query
    )
    assert (status, problem["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("cursor", ["abc.def", "0.0", "AA.AA"])
async def test_cursor_that_was_not_given_out_leads_nowhere(door: Door, cursor: str) -> None:
    token = door.token("customer", MARA)
    status, problem = await door.call("GET", HISTORY, token=token, params={"before": cursor})
    assert (status, problem["code"]) == (404, "page_not_found")


async def test_rate_of_one_person_is_limited(door: Door) -> None:
    token = door.token("customer", MARA)
    statuses = [
        (await door.call("POST", MESSAGES, {"message_id": "m", "text": "x"}, token=token))[0]
        for _ in range(64)
    ]
    assert statuses[:60] == [200] * 60
    assert 429 in statuses[60:]
    other = door.token("customer", "user456")
    assert (await door.call("POST", MESSAGES, {"message_id": "m", "text": "x"}, token=other))[
        0
    ] == 200


async def test_dialogue_that_refuses_a_message_is_said_so(door: Door) -> None:
    door.rasa.refuse = 422
    token = door.token("customer", MARA)
    status, problem = await door.call(
        "POST", MESSAGES, {"message_id": "m1", "text": "x"}, token=token
    )
    assert (status, problem["code"]) == (422, "invalid_input")
