"""Records of reach: addresses, what a channel offers, messages, moves, joins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from closer.conversations.turn import Button
from closer.security.verification_records import mask_address

CHANNELS = ("web", "mobile", "sms", "voice", "email", "alexa")
KINDS = ("phone", "email", "device", "alexa")
#: What kind of address a channel needs to be written to; chat needs none but the sign-in.
KIND_OF: Mapping[str, str] = {"sms": "phone", "voice": "phone", "email": "email", "alexa": "alexa"}
#: Channels on which we can write first.
PUSHED = ("web", "mobile", "sms", "email")
ON_RECORD = "record:"


@dataclass(frozen=True)
class ContactAddress:
    """An address of a customer.

    Attributes:
        id: Its id; `record:email` and `record:phone` are those of the customer's record.
        kind: `phone`, `email`, `device` or `alexa`.
        verified_at: When it was proven; None as long as it is not. Those on record were proven before they got there.
    """

    id: str
    customer_id: str
    kind: str
    address: str = field(repr=False)
    verified_at: datetime | None
    created_at: datetime
    challenge_id: str | None = None

    @property
    def on_record(self) -> bool:
        """Whether it is that of the customer's record."""
        return self.id.startswith(ON_RECORD)

    @property
    def verified(self) -> bool:
        """Whether it is proven."""
        return self.verified_at is not None

    @property
    def masked(self) -> str:
        """Enough of it to recognise it."""
        return mask_address(self.address)


@dataclass(frozen=True)
class ChannelState:
    """What holds for a customer on a channel.

    Attributes:
        reason: Why it is not available: `no_address`, `address_not_verified`, `opted_out`, `not_configured`, `account_closed`.
        consent: `opted_out` or `allowed`.
        marketing: Whether advertising is allowed there; None where there is none.
        provider: Who delivers.
        healthy: Whether deliveries of the last minutes succeeded.
    """

    channel: str
    available: bool
    reason: str | None
    address: str | None
    verified: bool
    consent: str
    marketing: bool | None
    provider: str
    healthy: bool
    detail: str
    last_used_at: datetime | None
    current: bool


@dataclass(frozen=True)
class ChannelMessage:
    """A message that was handed in for a customer.

    Attributes:
        status: `queued`, `sent`, `delivered`, `read`, `undelivered`, `bounced`, `failed`; `posted` in the chat.
        error: Why it failed.
        replayed: Whether the request was made before, with the same idempotency key.
    """

    id: str
    customer_id: str
    channel: str
    address: str | None
    text: str
    context: Mapping[str, Any]
    status: str
    error: str | None
    created_at: datetime
    updated_at: datetime
    replayed: bool = False


@dataclass(frozen=True)
class OpenQuestion:
    """What was asked last and waits for an answer, with its choices."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Switch:
    """A conversation that goes on elsewhere.

    Attributes:
        task: The task in progress, which goes on there; None if there is none.
        step: What it asks for next.
        slots: The names of the values that are kept.
        announced: What was said on the new channel; where the person begins, that it goes on there.
        address: Where the announcement went; None in the chat.
        notification_id: Its message in the outbox.
    """

    id: str
    customer_id: str
    from_channel: str
    to_channel: str
    at: datetime
    task: str | None
    step: str | None
    slots: tuple[str, ...]
    announced: str
    address: str | None
    notification_id: str | None
    replayed: bool = False


@dataclass(frozen=True)
class Join:
    """A visitor who proved to be a customer; `state` is `asked`, `done` or `refused`."""

    visitor_id: str
    customer_id: str
    state: str
    asked_at: datetime
