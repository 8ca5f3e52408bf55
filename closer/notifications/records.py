"""What notifications are: contents, stored notifications, the outcome of a delivery run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: Kinds whose body opens a door: it is wiped from the outbox once it was sent or given up.
SECRET_KINDS = frozenset({"one_time_code", "password_reset", "data_export_ready"})


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
    """A message in the outbox and how far it is."""

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
