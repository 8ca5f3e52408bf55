"""Turns in the background make room for acknowledgements."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import ExitStack

from channels.room import Pace, Room


async def _most_inside(room: Room, count: int) -> int:
    """Run turns that wait a little; return how many were inside at once at most."""
    inside = most = 0

    async def turn() -> None:
        nonlocal inside, most
        async with room.enter():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.05)
            inside -= 1

    await asyncio.wait_for(asyncio.gather(*(turn() for _ in range(count))), 20)
    return most


async def test_turns_run_all_at_once_while_the_loop_is_quick() -> None:
    assert await _most_inside(Room(Pace(always=2, most=16, quick_s=math.inf)), 40) == 16


async def test_a_few_run_whatever_the_load() -> None:
    assert await _most_inside(Room(Pace(always=3, most=16, quick_s=-1.0)), 9) == 3


async def test_the_loops_pace_is_what_counts() -> None:
    """Others that hold the loop for 30 ms at a time keep more turns out; when they end, more come in."""
    room, holding = Room(Pace(always=1, most=16, quick_s=0.02)), True

    async def hold() -> None:
        while holding:
            time.sleep(0.03)  # noqa: ASYNC251 - what a turn does: it holds the loop
            await asyncio.sleep(0)

    holder = asyncio.create_task(hold())
    assert await _most_inside(room, 3) == 1
    holding = False
    await holder


async def test_messages_that_arrive_go_first_but_not_for_ever() -> None:
    room = Room(Pace(patience_s=0.2))
    with ExitStack() as crowd:
        for _ in range(10):
            crowd.enter_context(room.arriving())
        began = time.perf_counter()
        assert await _most_inside(room, 1) == 1
        assert time.perf_counter() - began >= 0.2
    began = time.perf_counter()
    await _most_inside(Room(Pace(patience_s=60)), 1)
    assert time.perf_counter() - began < 10


async def test_beside_somebody_who_waits_one_runs_in_the_background() -> None:
    room = Room(Pace(always=4, most=16, quick_s=math.inf))
    async with room.awaited():
        assert await _most_inside(room, 6) == 1
    assert await _most_inside(room, 6) > 1


async def test_a_flood_holds_turns_up_but_not_for_ever() -> None:
    room = Room(Pace(flood=5, window_s=60, flood_s=0.5, patience_s=30))
    for _ in range(6):
        with room.arriving():  # each is accepted at once: at no moment do many wait
            pass
    began = time.perf_counter()
    assert await _most_inside(room, 1) == 1
    assert 0.4 < time.perf_counter() - began < 15
