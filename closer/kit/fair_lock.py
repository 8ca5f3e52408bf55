"""Locks over Redis for many processes: fair, freed within seconds when a holder dies, waking the next one at once.

Who wants a lock takes a ticket; the first living ticket holds it. A ticket lives for some seconds and is kept alive by
its process. Giving it back wakes the process of the next one by a message of its own; if that is lost, the next renewal
notices. Redis may lose everything: tickets keep their places at their owners and are put back by the next renewal, and
a Redis that has just started lets nobody in until they had the time for it. See docs/adr/0008.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from closer.kit.errors import DeadlineExceeded, Unavailable
from closer.kit.fair_lock_scripts import RELEASE, TOUCH
from closer.kit.ids import new_id
from closer.kit.logging import get_logger
from closer.kit.tasks import end

_log = get_logger(__name__)

_WAKE = "closer:locks:wake:"
_AWAY = (RedisError, OSError, asyncio.TimeoutError)
_RETRY_S = 0.05
_LISTEN_S = 5.0
_ATTEMPTS = 3  # each may meet a connection that broke long ago
_RENEWALS = 5  # in a ticket's life


class Ticket:
    """One wish for one lock.

    Attributes:
        place: Its place in line, empty as long as Redis has not given one.
        held: Whether the lock is held.
        lost: Whether it was held and is not any more.
        calls: Calls for it whose answer has not come.
    """

    def __init__(self, name: str, ticket_id: str, longest_s: float) -> None:
        self.name = name
        self.id = ticket_id
        self.place = ""
        self.held = False
        self.lost = False
        self.calls = 0
        self.until = time.monotonic() + longest_s
        self.news = asyncio.Event()

    @property
    def keys(self) -> list[str]:
        """The lock's keys; the braces keep them together in a cluster."""
        base = f"closer:lock:{{{self.name}}}"
        return [f"{base}:queue", f"{base}:alive", f"{base}:done:{self.id}"]


class FairLocks:
    """The locks of one process.

    Args:
        redis: A client of its own.
        life_s: How long a ticket lives without being renewed: so long a dead holder blocks.
        patience_s: How long an outage of Redis is waited for.
        first_patience_s: The same as long as Redis has never answered.
        grace_s: How long a freshly started Redis lets nobody in; longer than from one renewal to the next.
    """

    def __init__(
        self,
        redis: Redis[Any],
        *,
        life_s: float = 6.0,
        patience_s: float = 5.0,
        first_patience_s: float = 5.0,
        grace_s: float = 2.0,
    ) -> None:
        self._redis = redis
        self._touching = redis.register_script(TOUCH)
        self._releasing = redis.register_script(RELEASE)
        self._life_s = life_s
        self._patience_s, self._first_patience_s = patience_s, first_patience_s
        self._grace_s = grace_s
        self._process = new_id()
        self._numbers = 0
        self._tickets: dict[str, Ticket] = {}
        self._order = LocalLocks()
        self._tasks: list[asyncio.Task[None]] = []
        self._renewing = False
        self._away_since = 0.0  # 0 while Redis answers
        #: Whether Redis has ever answered.
        self.reached = False

    @contextlib.asynccontextmanager
    async def hold(self, name: str, longest_s: float = 60.0) -> AsyncIterator[Ticket]:
        """Hold a lock; those who ask for one are served in the order in which they asked.

        Args:
            name: The lock.
            longest_s: How long it may be waited for and held; afterwards it is not renewed any more.

        Raises:
            DeadlineExceeded: if it was not free in that time.
            Unavailable: if Redis stays away.
        """
        self._start()
        self._numbers += 1
        ticket = Ticket(name, f"{self._process}:{self._numbers}", longest_s)
        self._tickets[ticket.id] = ticket
        try:
            async with self._order.hold(name):
                wait = await self._touch(ticket)
            await self._wait(ticket, wait)
            ticket.until = time.monotonic() + longest_s
            yield ticket
        finally:
            del self._tickets[ticket.id]
            await asyncio.shield(self._release(ticket))

    async def close(self) -> None:
        """Stop renewing and listening; tickets that are left die by themselves."""
        await end(*self._tasks)
        self._tasks = []
        await self._redis.close()

    async def _wait(self, ticket: Ticket, wait: float) -> None:
        while not ticket.held:
            left = ticket.until - time.monotonic()
            if left <= 0:
                raise DeadlineExceeded("the conversation was busy for too long")
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(ticket.news.wait(), min(wait + 0.01, left))
            ticket.news.clear()
            if not ticket.held:
                wait = await self._touch(ticket)

    async def _touch(self, ticket: Ticket) -> float:
        """Take or renew a ticket; return for how many seconds nothing can change without a message."""
        patience_s = self._patience_s if self.reached else self._first_patience_s
        attempts = 0
        while True:
            attempts += 1
            ticket.calls += 1
            try:
                answer = await self._touching(keys=ticket.keys, args=self._touch_args(ticket))
            except _AWAY as error:
                self._note(error)
                late = time.monotonic() >= self._away_since + patience_s
                if late and attempts >= _ATTEMPTS:
                    raise Unavailable("the locks are out of reach", code="locks_away") from error
                await asyncio.sleep(_RETRY_S)
                continue
            ticket.calls -= 1
            self._note(None)
            return self._apply(ticket, answer)

    def _apply(self, ticket: Ticket, answer: list[Any]) -> float:
        """Take over what Redis says of a ticket; return for how many seconds there is nothing to ask."""
        state, ticket.place, wait_ms = int(answer[0]), str(answer[1]), float(answer[2])
        if state == 1:
            ticket.held = True
            ticket.news.set()
        elif ticket.held and not ticket.lost and ticket.id in self._tickets:
            ticket.lost = True
            _log.error("lock_lost", lock=ticket.name)  # whoever saves last is refused by the log
        return wait_ms / 1000

    def _touch_args(self, ticket: Ticket) -> list[Any]:
        life_ms, grace_ms = int(self._life_s * 1000), int(self._grace_s * 1000)
        return [ticket.id, ticket.place, life_ms, grace_ms, int(ticket.held)]

    async def _release(self, ticket: Ticket) -> None:
        late_call = self._renewing or ticket.calls > 0
        life_ms, grace_ms = int(self._life_s * 1000), int(self._grace_s * 1000)
        args: list[Any] = [ticket.id, _WAKE, life_ms if late_call else 0, grace_ms, life_ms]
        try:
            await self._releasing(keys=ticket.keys, args=args)
        except _AWAY as error:  # it dies by itself
            self._note(error)

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._renew_forever()),
                asyncio.create_task(self._listen_forever()),
            ]

    async def _renew_forever(self) -> None:
        wait = self._life_s / _RENEWALS
        while True:
            await asyncio.sleep(wait)
            self._renewing = True
            try:
                await self._renew()
                wait = self._life_s / _RENEWALS
            except _AWAY as error:
                self._note(error)
                wait = _RETRY_S  # tickets must be back before a Redis that lost them gives new ones
            finally:
                self._renewing = False

    async def _renew(self) -> None:
        now = time.monotonic()
        mine = [t for t in self._tickets.values() if t.place and t.until > now]
        if not mine:
            return
        pipe = self._redis.pipeline(transaction=False)
        for ticket in mine:
            await self._touching(keys=ticket.keys, args=self._touch_args(ticket), client=pipe)
        for ticket, answer in zip(mine, await pipe.execute(), strict=True):
            self._apply(ticket, answer)
        self._note(None)

    async def _listen_forever(self) -> None:
        while True:
            listener = self._redis.pubsub(ignore_subscribe_messages=True)
            try:
                await listener.subscribe(_WAKE + self._process)
                await self._redis.ping()  # a broken connection only shows when an answer is read
                self._note(None)
                for ticket in self._tickets.values():  # what was missed
                    ticket.news.set()
                while True:
                    message = await listener.get_message(timeout=_LISTEN_S)
                    woken = self._tickets.get(str(message["data"])) if message else None
                    if woken is not None:  # being told is holding: nobody before it is alive
                        woken.held = True
                        woken.news.set()
            except _AWAY as error:
                self._note(error)
            finally:
                with contextlib.suppress(*_AWAY):
                    await listener.close()
            await asyncio.sleep(_RETRY_S * 4)

    def _note(self, error: BaseException | None) -> None:
        """Log when Redis goes away and when it is back."""
        if error is None:
            self.reached = True
            if self._away_since:
                _log.info("locks_back", away_s=round(time.monotonic() - self._away_since, 1))
            self._away_since = 0.0
        elif not self._away_since:
            self._away_since = time.monotonic()
            _log.warning("locks_away", reason=type(error).__name__)


class LocalLocks:
    """Locks within the process, fair as well."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: Counter[str] = Counter()

    @contextlib.asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Hold a lock."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        self._users[name] += 1
        try:
            async with lock:
                yield
        finally:
            self._users[name] -= 1
            if not self._users[name]:
                del self._users[name], self._locks[name]
