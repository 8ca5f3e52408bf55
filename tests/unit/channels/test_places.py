"""Turns that somebody waits for run one after the other, in order, and a slow one holds up nobody."""

from __future__ import annotations

import asyncio
import math

from channels.places import Places


async def _crowd(places: Places, count: int, seconds: float) -> tuple[int, list[int]]:
    """Run turns; return how many were inside at once at most, and in which order they began."""
    inside = most = 0
    order: list[int] = []

    async def turn(number: int) -> None:
        nonlocal inside, most
        async with places.inside():
            order.append(number)
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(seconds)
            inside -= 1

    await asyncio.wait_for(asyncio.gather(*(turn(number) for number in range(count))), 20)
    return most, order


async def test_few_run_at_once_in_the_order_of_their_arrival() -> None:
    places = Places(2, math.inf)
    assert await _crowd(places, 9, 0.01) == (2, list(range(9)))
    assert (await _crowd(places, 9, 0.0))[0] == 2  # every place was given back


async def test_one_that_takes_long_lets_another_in_beside_it() -> None:
    most, order = await _crowd(Places(1, 0.02), 4, 0.3)
    assert (most, order) == (4, [0, 1, 2, 3])


async def test_a_place_is_given_back_once_however_long_it_was_held() -> None:
    places = Places(1, 0.02)
    async with places.inside():
        await asyncio.sleep(0.1)
    assert (await _crowd(Places(1, math.inf), 3, 0.01))[0] == 1
    assert (await _crowd(places, 3, 0.0))[0] == 1


async def test_whoever_stops_waiting_takes_no_place_with_them() -> None:
    places = Places(1, math.inf)

    async def turn() -> None:
        async with places.inside():
            await asyncio.sleep(10)

    first = asyncio.create_task(turn())
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(turn()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)
    first.cancel()  # the place goes to the second, who is told to stop at the same moment
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(first, *waiting, return_exceptions=True)
    assert await _crowd(places, 3, 0.0) == (1, [0, 1, 2])


async def test_a_turn_that_fails_gives_its_place_back() -> None:
    places = Places(1, math.inf)

    async def fail() -> None:
        async with places.inside():
            raise RuntimeError("no")

    await asyncio.gather(*(fail() for _ in range(3)), return_exceptions=True)
    assert (await _crowd(places, 2, 0.0))[0] == 1
