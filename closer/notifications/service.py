"""The outbox: a message is written in the transaction that causes it and delivered afterwards, until it arrives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.kit.ids import fitted_key, new_id
from closer.kit.logging import correlation_id
from closer.kit.pagination import Page, PageRequest, page_of
from closer.kit.person_keys import PersonKeys
from closer.kit.settings import Settings
from closer.notifications.delivery import Delivery
from closer.notifications.queue_repository import DeliveryRepository
from closer.notifications.records import (
    STATUS_RANK,
    ContactRules,
    Content,
    DeliveryReport,
    Notification,
    VendorReport,
)
from closer.notifications.repository import NotificationRepository
from closer.notifications.threads import MailThread, MailThreads, mail_id
from closer.providers.base import CHANNELS, MessageProvider, ProviderHealth
from closer.providers.sandbox import SandboxMessages, address_hash
from closer.providers.selection import choose_providers

KEPT = timedelta(days=90)
_LATELY = timedelta(minutes=15)
_TROUBLE = 3

Kick = Callable[[], Awaitable[None]]


class NotificationService:
    """Messages to people.

    Args:
        db: The database.
        settings: Which vendors are configured.
        clock: The time.
        keys: Seal what messages say and where they go.
        kick: Called once the transaction of an `enqueue` has committed, so that delivery starts at once.
        providers: By channel; chosen by the settings when left out.
        rules: Whom we may write to; everybody when left out.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        clock: Clock,
        keys: PersonKeys,
        *,
        kick: Kick | None = None,
        providers: Mapping[str, MessageProvider] | None = None,
        rules: ContactRules | None = None,
    ) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock
        self._keys = keys
        self._kick = kick
        self._chosen = providers
        self._rules = rules
        self._outbox = NotificationRepository(db, keys)
        self._queue = DeliveryRepository(db, keys)
        self._threads = MailThreads(db)

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
        conversation_id: str | None = None,
        idempotency_key: str | None = None,
        expires_at: datetime | None = None,
        html: str | None = None,
        headers: Mapping[str, str] | None = None,
        media_urls: Sequence[str] = (),
        from_address: str | None = None,
    ) -> str:
        """Write a message to the outbox, in the caller's transaction if there is one.

        Args:
            content: What it says, from `templates`, or of kind `reply` for the assistant's answer on a channel.
            channel: `email`, `sms` or `webhook`.
            address: Where it goes.
            customer_id: Whom it concerns.
            conversation_id: The conversation that it belongs to.
            idempotency_key: The same key is the same message and is stored once.
            expires_at: After this it is not sent any more.
            html: A second form for e-mail.
            headers: Further e-mail headers, such as `In-Reply-To`.
            media_urls: Pictures for MMS.
            from_address: The sender, if not the channel's usual one.

        Returns:
            The notification's id; that of the earlier one when the key was used before.

        Raises:
            InvalidInput: if the channel is unknown or the address is empty.
        """
        if channel not in CHANNELS or not address.strip():
            raise InvalidInput("a notification needs a known channel and an address")
        now, notification_id = self._clock.now(), new_id("ntf")
        key, further = fitted_key(idempotency_key or notification_id), dict(headers or {})
        if channel == "email":
            further.setdefault("Message-ID", mail_id(key, self._settings.mail_from))
        async with self._db.transaction():
            stored, added = await self._outbox.add(
                id=notification_id,
                kind=content.kind,
                channel=channel,
                address=address.strip(),
                address_hash=address_hash(address),
                subject=content.subject,
                body=content.text_for(channel),
                extras={
                    "html": html,
                    "headers": further,
                    "media_urls": list(media_urls),
                    "from_address": from_address,
                },
                idempotency_key=key,
                mail_id=further.get("Message-ID"),
                state="pending",
                attempts=0,
                next_attempt_at=now,
                expires_at=expires_at,
                customer_id=customer_id,
                conversation_id=conversation_id,
                correlation_id=correlation_id() or None,
                created_at=now,
            )
            if added and self._kick is not None:
                self._db.after_commit(self._kick)
        return stored

    def delivery(self) -> Delivery:
        """Return what delivers the outbox; several may work on it at once."""
        return Delivery(
            self._queue,
            self._providers,
            self._clock,
            at_once=self._settings.delivery_at_once,
            per_provider=self._settings.delivery_per_provider,
            rules=self._rules,
        )

    async def deliver_due(self) -> DeliveryReport:
        """Deliver what is due and return what came of it. Call it outside of a transaction."""
        return await self.delivery().drain()

    async def report_status(
        self,
        provider: str,
        provider_id: str,
        status: str,
        at: datetime | None = None,
        error: str | None = None,
        *,
        key: str | None = None,
    ) -> bool:
        """Note what a vendor says became of a message; reports may come in any order, twice, and too early.

        Args:
            provider: The provider's name, as in its receipts.
            provider_id: The vendor's id of the message.
            status: `sent`, `delivered`, `read`, `undelivered`, `bounced` or `failed`.
            at: When it happened.
            error: The vendor's reason.
            key: The message's idempotency key, if the vendor repeats it: it settles a message whose sending was cut
                off, which is then not sent again.

        Returns:
            Whether the message is known already; what comes before that is kept and applied later.

        Raises:
            InvalidInput: if the status is none of these.
        """
        if status not in STATUS_RANK:
            raise InvalidInput(f"status must be one of {', '.join(STATUS_RANK)}", field="status")
        moment, reason = at or self._clock.now(), (error or "")[:200] or None
        report = VendorReport(provider, provider_id, status, moment, reason)
        return await self._queue.report(report, key)

    async def thread_of(self, references: Sequence[str], mailbox: str) -> MailThread | None:
        """Return the mail of ours to a mailbox that a mail from there answers.

        Args:
            references: The ids that the mail names, the oldest first.
            mailbox: Its sender, who may be anybody; mail to other addresses is not found.
        """
        return await self._threads.find(references, address_hash(mailbox))

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

    async def lately(self, channel: str) -> ProviderHealth:
        """Return how deliveries on a channel went in the last minutes, whichever process made them."""
        provider = self._providers.get(channel)
        if provider is None:
            return ProviderHealth("none", channel, False, "nobody delivers on this channel")
        since = self._clock.now() - _LATELY
        taken, troubled = await self._outbox.outcomes(channel, since)
        healthy = troubled < _TROUBLE or taken > troubled
        detail = "" if not troubled else f"{troubled} deliveries failed lately, {taken} succeeded"
        return ProviderHealth(provider.name, channel, healthy, detail)

    async def health(self) -> Sequence[ProviderHealth]:
        """Return how each channel's provider does."""
        return [await provider.health() for provider in self._providers.values()]

    async def export_personal(self, customer_id: str) -> Sequence[Mapping[str, object]]:
        """Return what was sent to a customer, for their data export."""
        rows = await self._outbox.concerning(await self._keys.conversations_of(customer_id))
        return [
            {
                "at": row.created_at,
                "kind": row.kind,
                "channel": row.channel,
                "to": row.address,
                "subject": row.subject,
                "state": row.state,
            }
            for row in rows
        ]

    async def erase_personal(self, customer_id: str) -> int:
        """Delete a customer's notifications, also from the sandbox; return how many there were."""
        async with self._db.transaction():
            ids = await self._keys.conversations_of(customer_id)
            for address in {item.address for item in await self._outbox.concerning(ids)}:
                await SandboxMessages(self._db).erase(address)
            return await self._outbox.erase(ids)

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
