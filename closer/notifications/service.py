"""The outbox: a message is written in the transaction that causes it and delivered afterwards, until it arrives."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, NotFound, ProviderError
from closer.kit.ids import new_id
from closer.kit.logging import correlated, correlation_id, get_logger
from closer.kit.pagination import Page, PageRequest, page_of
from closer.kit.settings import Settings
from closer.notifications.records import SECRET_KINDS, Content, DeliveryReport, Notification
from closer.notifications.repository import NotificationRepository
from closer.providers.base import CHANNELS, MessageProvider, OutboundMessage, ProviderHealth
from closer.providers.sandbox import SandboxMessages, address_hash
from closer.providers.selection import choose_providers

_log = get_logger(__name__)

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
KEPT = timedelta(days=90)
_FIRST_DELAY_S = 2.0
_LONGEST_DELAY_S = 3600.0
_AT_ONCE = 8

Kick = Callable[[], Awaitable[None]]


class NotificationService:
    """Messages to people.

    Args:
        db: The database.
        settings: Which vendors are configured.
        clock: The time.
        kick: Called once the transaction of an `enqueue` has committed, so that delivery starts at once.
        providers: By channel; chosen by the settings when left out.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        clock: Clock,
        kick: Kick | None = None,
        providers: Mapping[str, MessageProvider] | None = None,
    ) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock
        self._kick = kick
        self._chosen = providers
        self._outbox = NotificationRepository(db)

    @property
    def shop_name(self) -> str:
        """The shop's name, for the templates."""
        return self._settings.shop_name

    async def enqueue(
        self,
        content: Content,
        *,
        channel: str,
        address: str,
        customer_id: str | None = None,
        idempotency_key: str | None = None,
        expires_at: datetime | None = None,
    ) -> str:
        """Write a message to the outbox, in the caller's transaction if there is one.

        Args:
            content: What it says, from `templates`.
            channel: `email`, `sms` or `webhook`.
            address: Where it goes.
            customer_id: Whom it concerns.
            idempotency_key: The same key is the same message and is stored once.
            expires_at: After this it is not sent any more.

        Returns:
            The notification's id; that of the earlier one when the key was used before.

        Raises:
            InvalidInput: if the channel is unknown or the address is empty.
        """
        if channel not in CHANNELS or not address.strip():
            raise InvalidInput("a notification needs a known channel and an address")
        now, notification_id = self._clock.now(), new_id("ntf")
        async with self._db.transaction():
            stored, added = await self._outbox.add(
                id=notification_id,
                kind=content.kind,
                channel=channel,
                address=address.strip(),
                address_hash=address_hash(address),
                subject=content.subject,
                body=content.text_for(channel),
                idempotency_key=idempotency_key or notification_id,
                state="pending",
                attempts=0,
                next_attempt_at=now,
                expires_at=expires_at,
                customer_id=customer_id,
                correlation_id=correlation_id() or None,
                created_at=now,
            )
            if added and self._kick is not None:
                self._db.after_commit(self._kick)
        return stored

    async def deliver_due(self, limit: int = 20) -> DeliveryReport:
        """Deliver what is due; safe to run in several processes at once. Call it outside of a transaction."""
        owner = new_id()
        if not await self._outbox.due(self._clock.now()):
            return DeliveryReport()
        claimed = await self._outbox.claim(owner, self._clock.now(), LEASE, limit)
        gate = asyncio.Semaphore(_AT_ONCE)

        async def deliver(item: Notification) -> str:
            async with gate:
                with correlated(item.correlation_id):
                    return await self._deliver(item, owner)

        outcomes = Counter(await asyncio.gather(*(deliver(item) for item in claimed)))
        return DeliveryReport(
            outcomes["sent"], outcomes["pending"], outcomes["failed"], outcomes["dead"]
        )

    async def get(self, notification_id: str) -> Notification:
        """Return a notification.

        Raises:
            NotFound: if there is none of this id.
        """
        found = await self._outbox.get(notification_id)
        if found is None:
            raise NotFound("there is no such notification")
        return found

    async def list(
        self, page: PageRequest, *, states: tuple[str, ...] = (), customer_id: str | None = None
    ) -> Page[Notification]:
        """Return notifications, the newest first; `states=("dead", "failed")` are the dead letters."""
        rows = await self._outbox.page(page.limit + 1, page.after, states, customer_id)
        return page_of(rows, page, key=lambda item: item.id)

    async def retry(self, notification_id: str) -> None:
        """Send a dead letter again.

        Raises:
            Conflict: if it is not dead, or was a secret that is gone.
        """
        if not await self._outbox.revive(notification_id, self._clock.now()):
            raise Conflict("this notification cannot be sent again")

    async def counts(self) -> dict[str, int]:
        """Return how many notifications are in each state."""
        return await self._outbox.counts()

    async def health(self) -> Sequence[ProviderHealth]:
        """Return how each channel's provider does."""
        return [await provider.health() for provider in self._providers.values()]

    async def export_personal(self, customer_id: str) -> Sequence[Mapping[str, object]]:
        """Return what was sent to a customer, for their data export."""
        rows = await self._outbox.page(1000, None, (), customer_id)
        return [
            {
                "at": row.created_at,
                "kind": row.kind,
                "channel": row.channel,
                "to": row.address,
                "subject": row.subject,
            }
            for row in rows
        ]

    async def erase_personal(self, customer_id: str) -> int:
        """Delete a customer's notifications, also from the sandbox; return how many there were."""
        async with self._db.transaction():
            for row in {
                item.address for item in await self._outbox.page(1000, None, (), customer_id)
            }:
                await SandboxMessages(self._db).erase(row)
            return await self._outbox.erase(customer_id)

    async def purge(self) -> int:
        """Forget notifications that were settled three months ago; return how many (run by the worker)."""
        return await self._outbox.purge(self._clock.now() - KEPT)

    async def close(self) -> None:
        """Release the providers' connections."""
        for provider in (self._chosen or {}).values():
            await provider.close()

    @property
    def _providers(self) -> Mapping[str, MessageProvider]:
        if self._chosen is None:
            self._chosen = choose_providers(self._settings, self._db, self._clock)
        return self._chosen

    async def _deliver(self, item: Notification, owner: str) -> str:
        now = self._clock.now()
        if item.expires_at is not None and item.expires_at <= now:
            return await self._give_up(item, owner, "dead", "expired before it could be sent")
        provider = self._providers.get(item.channel)
        if provider is None or item.body is None:
            return await self._give_up(item, owner, "failed", "no provider for the channel")
        message = OutboundMessage(
            item.channel, item.address, item.body, item.idempotency_key, item.subject
        )
        try:
            receipt = await provider.send(message)
        except ProviderError as error:
            return await self._failed(item, owner, error)
        except Exception as error:
            _log.error("delivery_failed", notification=item.id, reason=type(error).__name__)
            return await self._failed(
                item, owner, ProviderError("unexpected failure", retryable=True)
            )
        await self._outbox.settle(
            item.id,
            owner,
            state="sent",
            sent_at=self._clock.now(),
            provider=receipt.provider,
            provider_id=receipt.message_id,
            error=None,
            **_without_secret(item),
        )
        return "sent"

    async def _failed(self, item: Notification, owner: str, error: ProviderError) -> str:
        reason = f"{error.code}: {error.detail}"[:200]
        if not error.retryable:
            return await self._give_up(item, owner, "failed", reason)
        if item.attempts >= MAX_ATTEMPTS:
            return await self._give_up(item, owner, "dead", reason)
        wait = max(delay_before(item.attempts), float(error.extra.get("retry_after", 0)))
        due = self._clock.now() + timedelta(seconds=wait)
        await self._outbox.settle(
            item.id, owner, state="pending", next_attempt_at=due, error=reason
        )
        return "pending"

    async def _give_up(self, item: Notification, owner: str, state: str, reason: str) -> str:
        _log.warning("notification_given_up", notification=item.id, kind=item.kind, state=state)
        await self._outbox.settle(
            item.id, owner, state=state, error=reason, **_without_secret(item)
        )
        return state


def delay_before(attempts: int) -> float:
    """Return the seconds to wait after so many attempts: exponential, at most an hour, with jitter."""
    longest = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2.0 ** (attempts - 1))
    return longest * (0.5 + random.random() / 2)  # noqa: S311 - jitter, no secret


def _without_secret(item: Notification) -> dict[str, None]:
    return {"body": None} if item.kind in SECRET_KINDS else {}
