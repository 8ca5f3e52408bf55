"""Fair locks on a real Redis: one holder at a time, in order, whatever dies."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from async_timeout import timeout

from closer.kit.errors import DeadlineExceeded, Unavailable
from closer.kit.fair_lock import FairLocks
from closer.kit.redis import connect_redis_for_locks
from tests.fakes.redis_server import RedisServer, running_redis


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with running_redis() as redis:
        yield redis


@asynccontextmanager
async def process(server: RedisServer, **options: float) -> AsyncIterator[FairLocks]:
    """The locks of one more process."""
    options = {"grace_s": 0.0, **options}
    locks = FairLocks(connect_redis_for_locks(server.url), **options)
    try:
        yield locks
    finally:
        await locks.close()


class Watch:
    """Notes who came when, and whether two were ever there at once."""

    def __init__(self) -> None:
        self.came: list[object] = []
        self.inside = 0
        self.most = 0

    @asynccontextmanager
    async def inside_of(self, locks: FairLocks, name: str, who: object) -> AsyncIterator[None]:
        async with locks.hold(name):
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.came.append(who)
            try:
                yield
            finally:
                self.inside -= 1


async def queue_length(locks: FairLocks, name: str) -> int:
    return int(await locks._redis.zcard(f"closer:lock:{{{name}}}:queue"))


async def waiting(locks: FairLocks, name: str, length: int) -> None:
    give_up = time.monotonic() + 5
    while await queue_length(locks, name) != length:
        assert time.monotonic() < give_up, "the queue did not become that long"
        await asyncio.sleep(0.005)


async def test_those_who_wait_are_served_in_the_order_in_which_they_came(
    server: RedisServer,
) -> None:
    watch = Watch()
    async with process(server) as one, process(server) as two:

        async def visit(locks: FairLocks, who: int) -> None:
            async with watch.inside_of(locks, "order", who):
                await asyncio.sleep(0.002)

        async with one.hold("order"):
            tasks = []
            for who in range(20):
                tasks.append(asyncio.create_task(visit((one, two)[who % 2], who)))
                await waiting(one, "order", who + 2)
        await asyncio.gather(*tasks)
    assert watch.came == list(range(20))
    assert watch.most == 1


async def test_many_at_once_in_one_process_keep_their_order(server: RedisServer) -> None:
    watch = Watch()
    async with process(server) as locks:

        async def visit(who: int) -> None:
            async with watch.inside_of(locks, "burst", who):
                pass

        await asyncio.gather(*(visit(who) for who in range(50)))
    assert watch.came == list(range(50))
    assert watch.most == 1


async def test_locks_of_different_names_do_not_wait_for_each_other(server: RedisServer) -> None:
    async with process(server) as locks, timeout(2), locks.hold("a"), locks.hold("b"):
        pass


async def test_the_next_one_is_woken_within_milliseconds(server: RedisServer) -> None:
    delays = []
    async with process(server) as one, process(server) as two:
        async with two.hold("warm-up"):
            pass
        for _ in range(20):
            freed = 0.0

            async def wait() -> float:
                async with two.hold("wake"):
                    return time.perf_counter()

            async with one.hold("wake"):
                task = asyncio.create_task(wait())
                await waiting(one, "wake", 2)
                freed = time.perf_counter()
            delays.append(await task - freed)
    assert sorted(delays)[10] < 0.05


async def test_a_holder_that_dies_frees_the_lock_within_its_life(server: RedisServer) -> None:
    async with process(server, life_s=0.6) as alive:
        dead = FairLocks(connect_redis_for_locks(server.url), life_s=0.6, grace_s=0.0)
        holding = dead.hold("death")
        await holding.__aenter__()
        for task in dead._tasks:  # the process is gone: nothing is renewed or given back
            task.cancel()
        began = time.monotonic()
        async with alive.hold("death"):
            waited = time.monotonic() - began
        assert 0.2 < waited < 3
        await holding.__aexit__(None, None, None)
        await dead.close()


async def test_a_long_turn_keeps_its_lock(server: RedisServer) -> None:
    async with process(server, life_s=0.4) as one, process(server, life_s=0.4) as two:
        entered = asyncio.Event()

        async def wait() -> None:
            async with two.hold("long"):
                entered.set()

        async with one.hold("long"):
            task = asyncio.create_task(wait())
            await asyncio.sleep(1.5)  # several lives long
            assert not entered.is_set()
        await asyncio.wait_for(task, 2)


async def test_one_that_gives_up_waiting_leaves_the_queue(server: RedisServer) -> None:
    async with process(server) as one, process(server) as two:
        async with one.hold("impatient"):
            with pytest.raises(DeadlineExceeded):
                async with two.hold("impatient", longest_s=0.1):
                    pass
            task = asyncio.create_task(two.hold("impatient").__aenter__())
            await waiting(one, "impatient", 2)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        async with timeout(1), two.hold("impatient"):
            pass
        await waiting(one, "impatient", 0)


async def test_nothing_is_left_behind(server: RedisServer) -> None:
    async with process(server) as locks:
        async with locks.hold("tidy"):
            pass
        assert await locks._redis.keys("closer:lock:{tidy}*") == []


async def test_a_restart_of_redis_lets_nobody_in_beside_the_holder() -> None:
    watch = Watch()
    options = {"life_s": 1.2, "grace_s": 1.0}
    with running_redis() as server:
        await asyncio.sleep(2.1)  # past the grace of the first start
        async with process(server, **options) as one, process(server, **options) as two:

            async def visit(locks: FairLocks, who: str) -> None:
                async with watch.inside_of(locks, "c", who):
                    pass

            async with watch.inside_of(one, "c", "holder"):
                waiter = asyncio.create_task(visit(two, "waiter"))
                await waiting(one, "c", 2)
                server.stop()  # with all tickets: it keeps nothing
                server.start()
                late = asyncio.create_task(visit(two, "late"))
                await asyncio.sleep(2.5)
                assert watch.came == ["holder"]
            await asyncio.wait_for(asyncio.gather(waiter, late), 5)
    assert watch.came == ["holder", "waiter", "late"]
    assert watch.most == 1


async def test_without_redis_one_waits_for_a_while_and_is_refused() -> None:
    with running_redis() as server:
        async with process(server, patience_s=0.5) as locks:
            async with locks.hold("c"):
                pass
            server.stop()
            began = time.monotonic()
            with pytest.raises(Unavailable):
                async with locks.hold("c"):
                    pass
            assert 0.4 < time.monotonic() - began < 3
            server.start()
            async with locks.hold("c"):
                pass


async def test_an_outage_shorter_than_the_patience_goes_unnoticed() -> None:
    with running_redis() as server:
        async with process(server) as locks:
            async with locks.hold("c"):
                pass
            server.stop()
            task = asyncio.create_task(locks.hold("c").__aenter__())
            await asyncio.sleep(0.3)
            server.start()
            ticket = await asyncio.wait_for(task, 5)
            assert ticket.held


async def test_a_redis_that_hangs_is_not_waited_for_in_vain() -> None:
    with running_redis() as server:
        async with process(server, patience_s=0.5) as locks:
            async with locks.hold("c"):
                pass
            os.kill(server.pid, signal.SIGSTOP)
            try:
                with pytest.raises(Unavailable):
                    async with timeout(6), locks.hold("c"):
                        pass
            finally:
                os.kill(server.pid, signal.SIGCONT)
            async with locks.hold("c"):
                pass


async def test_a_clock_that_was_set_back_does_not_prolong_the_life_of_the_dead(
    server: RedisServer,
) -> None:
    async with process(server, life_s=0.5) as locks:
        seconds, _ = await locks._redis.time()
        later = seconds * 1000 + 3_600_000  # as if an hour had been taken back since it was written
        base = "closer:lock:{jump}"
        await locks._redis.zadd(f"{base}:queue", {"dead:1": 1})
        await locks._redis.hset(f"{base}:alive", "dead:1", later)
        async with timeout(5), locks.hold("jump"):
            pass


async def test_a_clock_that_is_set_back_takes_the_lock_from_nobody_who_lives(
    server: RedisServer,
) -> None:
    watch = Watch()
    async with process(server, life_s=1.0) as one, process(server, life_s=1.0) as two:

        async def visit() -> None:
            async with watch.inside_of(two, "slew", "two"):
                pass

        async with watch.inside_of(one, "slew", "one"):
            seconds, _ = await one._redis.time()
            [ticket] = one._tickets
            later = seconds * 1000 + 3_600_000
            await one._redis.hset("closer:lock:{slew}:alive", ticket, later)
            waiter = asyncio.create_task(visit())
            await asyncio.sleep(1.5)
            assert watch.came == ["one"]
        await waiter
    assert watch.most == 1
