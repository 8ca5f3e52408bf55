"""Daily counts by REST: what is answered, what is refused, and to whom."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from closer.insights.records import Key, Kind
from tests.fakes.gateway import MARA, Door

DAILY = "/api/v1/analytics/daily"


async def ask(door: Door, role: str = "admin", **query: str) -> tuple[int, Any]:
    return await door.call("GET", DAILY, token=door.token(role), params=query)


async def test_a_day_is_summed_up_by_channel(door: Door) -> None:
    day = date(2026, 3, 10)
    await door.services.insights.add(
        {
            Key(day, "web", Kind.MESSAGE): 8,
            Key(day, "web", Kind.FALLBACK): 2,
            Key(day, "web", Kind.REPLY): 9,
            Key(day, "web", Kind.HANDOFF): 1,
            Key(day, "web", Kind.INTENT, "greet"): 2,
            Key(day, "web", Kind.INTENT, "track_order"): 4,
            Key(day, "web", Kind.ACTION, "action_greet"): 2,
            Key(day, "web", Kind.TASK_DONE, "track_order"): 3,
            Key(day, "web", Kind.TASK_GIVEN_UP, "track_order"): 1,
            Key(day, "sms", Kind.REPLY): 1,
        }
    )
    await door.services.insights.add({Key(day, "web", Kind.INTENT, "greet"): 1})
    status, answer = await ask(door, **{"from": "2026-03-09", "to": "2026-03-11"})
    assert (status, answer["from"], answer["to"]) == (200, "2026-03-09", "2026-03-11")
    sms, web = answer["items"]
    assert web == {
        "day": "2026-03-10",
        "channel": "web",
        "messages": 8,
        "replies": 9,
        "fallbacks": 2,
        "fallback_rate": 0.25,
        "handoffs": 1,
        "intents": [{"name": "track_order", "count": 4}, {"name": "greet", "count": 3}],
        "actions": [{"name": "action_greet", "count": 2}],
        "tasks_done": [{"name": "track_order", "count": 3}],
        "tasks_given_up": [{"name": "track_order", "count": 1}],
    }
    assert (sms["channel"], sms["messages"], sms["fallback_rate"]) == ("sms", 0, None)


async def test_only_a_channel_and_only_the_ten_most_frequent(door: Door) -> None:
    day = date(2026, 3, 10)
    of_web = {Key(day, "web", Kind.INTENT, f"intent{n:02d}"): n for n in range(1, 13)}
    await door.services.insights.add({**of_web, Key(day, "sms", Kind.MESSAGE): 5})
    status, answer = await ask(door, **{"from": "2026-03-10", "to": "2026-03-10"}, channel="web")
    [item] = answer["items"]
    assert status == 200
    assert [intent["count"] for intent in item["intents"]] == list(range(12, 2, -1))


async def test_without_dates_the_last_seven_days_are_meant(door: Door) -> None:
    today = door.services.clock.now().date()
    for back in (0, 6, 7):
        await door.services.insights.add({Key(today - timedelta(back), "web", Kind.MESSAGE): 1})
    status, answer = await ask(door)
    assert status == 200
    days = [date.fromisoformat(item["day"]) for item in answer["items"]]
    assert days == [today - timedelta(6), today]
    assert answer["from"] == str(today - timedelta(6))


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"from": "yesterday"}, 422, "invalid_input"),
        ({"from": "2026-02-30"}, 422, "invalid_input"),
        ({"to": "20260310"}, 422, "invalid_input"),
        ({"channel": "\n"}, 422, "invalid_input"),
        ({"from": "2026-03-11", "to": "2026-03-10"}, 409, "days_not_usable"),
        ({"from": "2026-01-01", "to": "2026-04-03"}, 409, "days_not_usable"),
        ({"from": "9999-12-31"}, 409, "days_not_usable"),
    ],
)
async def test_days_that_make_no_sense_are_refused(
    door: Door, query: dict[str, str], status: int, code: str
) -> None:
    refused, problem = await ask(door, **query)
    assert (refused, problem["code"]) == (status, code)


async def test_a_quarter_is_answered_and_so_is_the_beginning_of_time(door: Door) -> None:
    assert (await ask(door, **{"from": "2026-01-01", "to": "2026-04-02"}))[0] == 200
    assert (await ask(door, to="0001-01-02"))[1]["from"] == "0001-01-01"


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("admin", 200),
        ("service", 200),
        ("trainer", 403),
        ("agent", 403),
        ("visitor", 403),
        ("customer", 403),
    ],
)
async def test_only_administrators_and_services_may_ask(door: Door, role: str, status: int) -> None:
    token = door.token(role, MARA if role == "customer" else None)
    assert (await door.call("GET", DAILY, token=token))[0] == status
    assert (await door.call("GET", DAILY))[0] == 401
