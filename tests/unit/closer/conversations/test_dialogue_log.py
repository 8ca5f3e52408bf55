"""The dialogue's log: each event once, in order, whoever writes and however often it is tried."""

from __future__ import annotations

import asyncio

import pytest

from closer.conversations.dialogue_log import ROW, DialogueLog, OvertakenTurn, Window
from closer.kit.clock import SystemClock
from closer.kit.db import Database
from closer.kit.person_keys import PersonKeys


@pytest.fixture
def log(db: Database) -> DialogueLog:
    return DialogueLog(db, SystemClock(), PersonKeys(db, SystemClock()))


def events(first: int, last: int) -> list[dict[str, object]]:
    return [{"event": "slot", "name": "n", "value": number} for number in range(first, last)]


def values(found: list[dict[str, object]]) -> list[object]:
    return [event["value"] for event in found]


async def test_events_come_back_in_order(log: DialogueLog) -> None:
    await log.append("c", 0, events(0, 3))
    await log.append("c", 3, events(3, 5))
    await log.append("other", 0, events(90, 92))
    assert values(await log.since("c", 0)) == [0, 1, 2, 3, 4]
    assert values(await log.since("c", 2)) == [2, 3, 4]
    assert values(await log.since("c", 4)) == [4]
    assert await log.since("c", 5) == []
    assert sorted(await log.conversations()) == ["c", "other"]


async def test_the_same_append_again_changes_nothing(log: DialogueLog) -> None:
    await log.append("c", 0, events(0, 3))
    with pytest.raises(OvertakenTurn):
        await log.append("c", 0, events(0, 3))
    assert values(await log.since("c", 0)) == [0, 1, 2]
    assert await log.has("c", 0, events(0, 3))
    assert not await log.has("c", 0, events(7, 9))


async def test_an_append_where_the_log_does_not_end_is_refused(log: DialogueLog) -> None:
    await log.append("c", 0, events(0, 3))
    with pytest.raises(OvertakenTurn):
        await log.append("c", 0, events(7, 9))  # somebody else was first
    with pytest.raises(OvertakenTurn):
        await log.append("c", 2, events(7, 9))  # in the midst of what is there
    with pytest.raises(OvertakenTurn):
        await log.append("c", 5, events(7, 9))  # would leave a gap
    assert values(await log.since("c", 0)) == [0, 1, 2]


async def test_of_two_writers_at_once_one_is_refused(log: DialogueLog) -> None:
    await log.append("c", 0, events(0, 1))
    outcomes = await asyncio.gather(
        *(log.append("c", 1, events(10 * n, 10 * n + 2)) for n in range(1, 6)),
        return_exceptions=True,
    )
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, OvertakenTurn) for outcome in outcomes) == 4
    assert len(await log.since("c", 0)) == 3


async def test_a_long_list_lies_in_several_rows(log: DialogueLog) -> None:
    await log.append("c", 0, events(0, 2 * ROW + 5))
    assert values(await log.since("c", 0)) == list(range(2 * ROW + 5))
    assert values(await log.page("c", ROW - 1, 3)) == [ROW - 1, ROW, ROW + 1]


async def test_reading_begins_at_the_window(log: DialogueLog) -> None:
    await log.append("c", 0, events(0, 4))
    await log.append("c", 4, events(4, 8))
    await log.set_window("c", Window(session_begins=2, begins=5, state={"anything": 1}))
    recent = await log.recent("c")
    assert recent is not None
    assert recent.window.state == {"anything": 1}
    assert values(recent.events) == [5, 6, 7]
    assert recent.ends == 8
    session = await log.session("c")
    assert session is not None
    assert values(session.events) == [2, 3, 4, 5, 6, 7]
    assert session.window.state is None
    assert session.ends == 8


async def test_an_unknown_conversation_has_nothing(log: DialogueLog) -> None:
    assert await log.recent("nobody") is None
    assert await log.session("nobody") is None
    assert not await log.exists("nobody")


async def test_cutting_goes_through_a_row(log: DialogueLog) -> None:
    await log.append("c", 0, events(0, 4))
    await log.append("c", 4, events(4, 8))
    await log.set_window("c", Window(0, 5, {"anything": 1}))
    await log.cut("c", 2)
    assert values(await log.since("c", 0)) == [0, 1]
    recent = await log.recent("c")
    assert recent is not None
    assert recent.window == Window()
    await log.append("c", 2, events(50, 52))
    assert values(await log.since("c", 0)) == [0, 1, 50, 51]
    await log.cut("c", 0)
    assert not await log.exists("c")
