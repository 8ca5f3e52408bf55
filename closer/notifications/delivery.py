"""Delivery of the outbox: many messages at once, in order to each address, within a limit per provider.

A slow vendor holds up its own channel's slots and nobody else. `run` is the delivery process
(`closer.worker.delivery`); `drain` delivers what is due now and returns.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from closer.kit.clock import Clock
from closer.kit.errors import CloserError, ProviderError
from closer.kit.ids import new_id
from closer.kit.logging import correlated, get_logger
from closer.kit.together import Together
from closer.notifications.queue_repository import DeliveryRepository
from closer.notifications.records import (
    LAST_KINDS,
    SECRET_KINDS,
    ContactRules,
    DeliveryReport,
    Notification,
    Settlement,
)
from closer.providers.base import MessageProvider, OutboundMessage

_log = get_logger(__name__)

LEASE = timedelta(seconds=30)
MAX_ATTEMPTS = 8
_FIRST_DELAY_S = 2.0
_LONGEST_DELAY_S = 3600.0
_POLL_S = 1.0
_BREATH_S = 0.01  # rounds that many ends of sends ask for are made together
_REPORTS_EVERY_S = 2.0
_REPORTS_KEPT = timedelta(days=1)
_LAST_SENDS_S = 8.0
_SETTLED_AT_ONCE = 100
#: How long a message that may have been taken is held: a vendor's report mostly comes within seconds and settles it.
_HOLD_S = 60.0


class Delivery:
    """Takes due notifications to their providers.

    Args:
        outbox: Where they wait.
        providers: By channel.
        clock: The time.
        at_once: How many are sent at the same time in all.
        per_provider: How many by one provider.
        rules: Whom we may write to; everybody when left out.
    """

    def __init__(
        self,
        outbox: DeliveryRepository,
        providers: Mapping[str, MessageProvider],
        clock: Clock,
        *,
        at_once: int = 400,
        per_provider: int = 400,
        rules: ContactRules | None = None,
    ) -> None:
        self._outbox = outbox
        self._providers = providers
        self._clock = clock
        self._at_once = at_once
        self._per_provider = per_provider
        self._rules = rules
        self._settle = Together(outbox.settle_all, most=_SETTLED_AT_ONCE, breath_s=0)
        self._wake = asyncio.Event()
        self._sends: dict[asyncio.Task[str], str] = {}
        self._outcomes: Counter[str] = Counter()

    def wake(self) -> None:
        """Look for due notifications now."""
        self._wake.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Deliver until told to stop; what is being sent then may end, for some seconds."""
        look_at_reports = 0.0
        loop = asyncio.get_running_loop()
        while not stopping.is_set():
            self._wake.clear()
            try:
                await self._start_due()
                if loop.time() >= look_at_reports:
                    look_at_reports = loop.time() + _REPORTS_EVERY_S
                    await self.catch_up_reports()
            except CloserError as error:
                _log.warning("delivery_waits", code=error.code)
            except Exception:
                _log.exception("delivery_round_failed")
            await self._pause(stopping)
        if self._sends:
            await asyncio.wait(self._sends, timeout=_LAST_SENDS_S)

    async def drain(self) -> DeliveryReport:
        """Deliver what is due, and what becomes due by that; return what came of it."""
        self._outcomes.clear()
        while await self._start_due() or self._sends:
            if self._sends:
                await asyncio.wait(self._sends, return_when=asyncio.FIRST_COMPLETED)
        await self.catch_up_reports()
        done = self._outcomes
        return DeliveryReport(done["sent"], done["pending"], done["failed"], done["dead"])

    async def catch_up_reports(self) -> None:
        """Apply what vendors reported before the message was known under their id."""
        await self._outbox.catch_up_reports(self._clock.now() - _REPORTS_KEPT)

    async def _start_due(self) -> int:
        """Start sending what is due and fits into the limits; return how many."""
        started = 0
        for channel in await self._outbox.due_channels(self._clock.now()):
            busy = sum(1 for taken in self._sends.values() if taken == channel)
            free = min(self._at_once - len(self._sends), self._per_provider - busy)
            if free <= 0:
                continue
            owner = new_id()
            items = await self._outbox.claim(channel, owner, self._clock.now(), LEASE, free)
            for item in items:
                self._start(item, owner)
            started += len(items)
        return started

    def _start(self, item: Notification, owner: str) -> None:
        task = asyncio.create_task(self._send(item, owner))
        self._sends[task] = item.channel
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[str]) -> None:
        self._sends.pop(task, None)
        if task.cancelled():
            pass
        elif (error := task.exception()) is not None:
            _log.error("delivery_broken", reason=type(error).__name__, exc_info=error)
        else:
            self._outcomes[task.result()] += 1
        self._wake.set()  # a slot is free, and the next one to this address may go

    async def _send(self, item: Notification, owner: str) -> str:
        with correlated(item.correlation_id):
            try:
                return await self._deliver(item, owner)
            except CloserError as error:  # it is sent again when the lease has ended
                _log.warning("delivery_not_settled", notification=item.id, code=error.code)
                return "unknown"

    async def _pause(self, stopping: asyncio.Event) -> None:
        await asyncio.sleep(_BREATH_S)
        waits = [asyncio.ensure_future(self._wake.wait()), asyncio.ensure_future(stopping.wait())]
        await asyncio.wait(waits, timeout=_POLL_S, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def _deliver(self, item: Notification, owner: str) -> str:
        now = self._clock.now()
        if item.expires_at is not None and item.expires_at <= now:
            return await self._give_up(item, owner, "dead", "expired before it could be sent")
        provider = self._providers.get(item.channel)
        if provider is None or item.body is None:
            return await self._give_up(item, owner, "failed", "no provider for the channel")
        if self._rules and not await self._rules.may_send(
            item.channel, item.address, item.kind, item.customer_id
        ):
            return await self._give_up(item, owner, "failed", "opted_out: the person has opted out")
        try:
            receipt = await provider.send(_outbound(item, item.body))
        except ProviderError as error:
            return await self._failed(item, owner, error)
        except Exception as error:
            _log.error("delivery_failed", notification=item.id, reason=type(error).__name__)
            broken = ProviderError("unexpected failure", outcome_unknown=True)
            return await self._failed(item, owner, broken)
        sent = {"provider": receipt.provider, "provider_id": receipt.message_id, "error": None}
        await self._end(item, owner, state="sent", sent_at=self._clock.now(), **sent)
        return "sent"

    async def _failed(self, item: Notification, owner: str, error: ProviderError) -> str:
        reason = f"{error.code}: {error.detail}"[:200]
        if error.code == "opted_out" and self._rules:
            await self._rules.opted_out(item)
        if not error.retryable:
            return await self._give_up(item, owner, "failed", reason)
        if item.attempts >= MAX_ATTEMPTS:
            return await self._give_up(item, owner, "dead", reason)
        least = _HOLD_S if error.extra.get("outcome_unknown") else 0.0
        wait = max(delay_before(item.attempts), float(error.extra.get("retry_after", 0)), least)
        due = self._clock.now() + timedelta(seconds=wait)
        values = {"state": "pending", "next_attempt_at": due, "error": reason}
        await self._settle(Settlement(item.id, owner, values))
        return "pending"

    async def _give_up(self, item: Notification, owner: str, state: str, reason: str) -> str:
        _log.warning("notification_given_up", notification=item.id, kind=item.kind, state=state)
        await self._end(item, owner, state=state, error=reason)
        return state

    async def _end(self, item: Notification, owner: str, **values: Any) -> None:
        """Write what became of it for good, without what must not be kept."""
        secret = {"body": None, "extras": None} if item.kind in SECRET_KINDS else {}
        kept = None if item.kind in LAST_KINDS else {**values, **secret}
        await self._settle(Settlement(item.id, owner, kept))


def delay_before(attempts: int) -> float:
    """Return the seconds to wait after so many attempts: exponential, at most an hour, with jitter."""
    longest = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** (attempts - 1))
    return longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter, no secret


def _outbound(item: Notification, body: str) -> OutboundMessage:
    return OutboundMessage(
        item.channel,
        item.address,
        body,
        item.idempotency_key,
        item.subject,
        html=item.html,
        media_urls=item.media_urls,
        headers=item.headers,
        from_address=item.from_address,
    )
