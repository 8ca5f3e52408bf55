"""Calls made as one: who waits together, what an error spoils, and that nobody's transaction is joined."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from closer.kit.errors import Unavailable
from closer.kit.together import Together

_inside: ContextVar[str] = ContextVar("inside", default="")


class Calls:
    """Doubles numbers, slowly; some it cannot."""

    def __init__(self) -> None:
        self.made: list[list[int]] = []
        self.errors: dict[int, Exception] = {}
        self.contexts: set[str] = set()
        self.takes_s = 0.01

    async def __call__(self, items: Sequence[int]) -> list[int]:
        self.made.append(list(items))
        self.contexts.add(_inside.get())
        await asyncio.sleep(self.takes_s)
        for item in items:
            if item in self.errors:
                raise self.errors[item]
        return [item * 2 for item in items]


async def test_what_comes_while_a_call_is_under_way_goes_together() -> None:
    calls = Calls()
    together = Together(calls, most=3, breath_s=0)
    assert await asyncio.gather(*map(together, range(6))) == [0, 2, 4, 6, 8, 10]
    assert calls.made == [[0, 1, 2], [3, 4, 5]]
    first = asyncio.create_task(together(7))
    await asyncio.sleep(0.005)
    assert await asyncio.gather(together(8), together(9), first) == [16, 18, 14]
    assert calls.made[2:] == [[7], [8, 9]]


async def test_one_that_follows_closely_waits_for_others_to_come_along() -> None:
    calls = Calls()
    together = Together(calls, breath_s=0.5)
    await together(1)
    second = asyncio.create_task(together(2))
    await asyncio.sleep(0.02)
    assert await asyncio.gather(together(3), second) == [6, 4]
    assert calls.made == [[1], [2, 3]]


async def test_one_that_is_bad_does_not_spoil_the_others() -> None:
    calls = Calls()
    calls.errors[1] = ValueError("no")
    found = await asyncio.gather(*map(Together(calls), range(3)), return_exceptions=True)
    assert [found[0], found[2]] == [0, 4]
    assert isinstance(found[1], ValueError)


async def test_an_outage_is_told_to_all_at_once() -> None:
    calls = Calls()
    calls.errors[1] = Unavailable("away")
    found = await asyncio.gather(*map(Together(calls), range(3)), return_exceptions=True)
    assert all(isinstance(error, Unavailable) for error in found)
    assert len(calls.made) == 1


async def test_it_runs_outside_of_what_its_callers_are_in() -> None:
    calls = Calls()
    _inside.set("a transaction")
    assert await Together(calls)(1) == 2
    assert calls.contexts == {""}


async def test_a_caller_that_goes_away_does_not_stop_the_others() -> None:
    calls = Calls()
    together = Together(calls)
    hasty, patient = asyncio.create_task(together(1)), asyncio.create_task(together(2))
    await asyncio.sleep(0)
    hasty.cancel()
    assert await patient == 4


async def test_closing_lets_nobody_wait_for_ever() -> None:
    calls = Calls()
    calls.takes_s = 60
    together = Together(calls)
    waiting = asyncio.create_task(together(1))
    await asyncio.sleep(0.01)
    behind = asyncio.create_task(together(2))
    await asyncio.sleep(0.01)
    await together.close()
    for task in (waiting, behind):
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 1)
