"""What notifications are: contents, stored notifications, the outcome of a delivery run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: What a vendor may report of a message that it took, and what outweighs what: reports come in any order.
STATUS_RANK: Mapping[str, int] = {
    "sent": 1,
    "failed": 2,
    "undelivered": 2,
    "delivered": 3,
    "bounced": 4,  # a mailbox may take a mail and send it back later
    "read": 5,
}

#: The one message that confirms an opt-out; it goes out although nothing else does any more.
CONSENT_NOTICE = "consent_notice"

#: The code that proves who somebody is, or that an address is theirs.
ONE_TIME_CODE = "one_time_code"

#: Kinds that the dialogue or its channel says as an answer.
DIALOGUE_KINDS = frozenset({"reply", CONSENT_NOTICE})

#: Kinds that answer nothing and were not asked for: who has opted out on a channel does not get them any more.
UNASKED_KINDS = frozenset({"proactive", "channel_switch"})

#: Kinds whose body opens a door: it is wiped from the outbox once it was sent or given up.
SECRET_KINDS = frozenset(
    {ONE_TIME_CODE, "password_reset", "first_password", "data_export_ready", "confirm_address"}
)

#: Kinds that are deleted once they were sent or given up: they tell somebody that nothing of them is left.
LAST_KINDS = frozenset({"privacy_erased"})


@dataclass(frozen=True)
class Content:
    """What a message says.

    Attributes:
        kind: The template's name.
        subject: For e-mail.
        body: The plain text.
        short: A shorter text for SMS; the body if there is none.
    """

    kind: str
    subject: str
    body: str
    short: str | None = None

    def text_for(self, channel: str) -> str:
        """Return the text that fits a channel."""
        return self.short if channel == "sms" and self.short else self.body


@dataclass(frozen=True)
class Notification:
    """A message in the outbox and how far it is.

    Attributes:
        kind: The template's name; `reply` for what the assistant answers on a channel.
        state: `pending`, `sending`; `sent`, then `undelivered`, `delivered`, `bounced`, `read`; `failed`, `dead`.
        media_urls: Pictures to go with it.
        headers: Further e-mail headers.
        html: A second form for e-mail.
        from_address: The sender, if not the channel's usual one.
        status_at: When the vendor reported the state.
    """

    id: str
    kind: str
    channel: str
    address: str
    subject: str
    body: str | None
    idempotency_key: str
    state: str
    attempts: int
    next_attempt_at: datetime
    expires_at: datetime | None
    provider: str | None
    provider_id: str | None
    error: str | None
    customer_id: str | None
    correlation_id: str | None
    created_at: datetime
    sent_at: datetime | None
    conversation_id: str | None = None
    status_at: datetime | None = None
    media_urls: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    html: str | None = None
    from_address: str | None = None


@dataclass(frozen=True)
class VendorReport:
    """What a vendor says became of a message; `status` is one of `STATUS_RANK`."""

    provider: str
    provider_id: str
    status: str
    at: datetime
    error: str | None = None


@dataclass(frozen=True)
class ContactRules:
    """Whether an address may be written to, as the delivery asks just before it sends.

    Attributes:
        may_send: Says so for a channel, an address, a kind of notification and the customer it is for.
        opted_out: Told when the vendor refuses because the person has opted out there.
    """

    may_send: Callable[[str, str, str, str | None], Awaitable[bool]]
    opted_out: Callable[[Notification], Awaitable[None]]


@dataclass(frozen=True)
class DeliveryReport:
    """What one delivery run did."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    dead: int = 0

    @property
    def total(self) -> int:
        """How many notifications were handled."""
        return self.sent + self.retried + self.failed + self.dead

    def __add__(self, other: DeliveryReport) -> DeliveryReport:
        return DeliveryReport(
            self.sent + other.sent,
            self.retried + other.retried,
            self.failed + other.failed,
            self.dead + other.dead,
        )


@dataclass(frozen=True)
class Settlement:
    """What came of one delivery.

    Attributes:
        owner: The claim that it belongs to.
        values: What is written; None if the notification is to be deleted.
    """

    notification_id: str
    owner: str
    values: Mapping[str, Any] | None
