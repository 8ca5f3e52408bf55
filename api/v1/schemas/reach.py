"""Schemas of reaching customers: channels, messages to them, going on elsewhere, addresses, consent."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Extra, StrictBool, conlist

from api.v1.schemas.base import Body, Schema
from api.v1.schemas.channels import Channel
from api.v1.schemas.types import Id, JsonObject, Line, MessageText, PatternStr, UtcMoment
from closer.reach.records import ChannelMessage, ChannelState, ContactAddress, Switch
from closer.security.verification_records import Requested


class OneTimeCode(PatternStr):
    """A one-time code."""

    pattern = r"[0-9]{6}"
    min_length, max_length = 6, 6
    what = "must be the six digits"


class ContextMessage(Body):
    """Something that was said before, elsewhere."""

    message: MessageText
    timestamp: UtcMoment | None = None


class SwitchContext(Body):
    """What is known of the conversation so far."""

    previous_messages: conlist(ContextMessage, max_items=50) = []  # type: ignore[valid-type]

    class Config:
        """Further context is welcome and stays unused."""

        extra = Extra.ignore


class SendBody(Body):
    """A message to a customer that answers nothing; with an idempotency key it is sent once, however often it is asked for."""

    customer_id: Id
    channel: Channel
    message: MessageText
    context: JsonObject = JsonObject()
    purpose: Literal["service", "marketing"] = "service"
    idempotency_key: Id | None = None
    example = {
        "customer_id": "user123",
        "channel": "sms",
        "message": "Your order #12345 is ready for pickup.",
        "context": {"order_id": "12345", "status": "ready for pickup"},
    }


class SwitchBody(Body):
    """Where a customer's conversation is to go on; `session_id` is the caller's own name for it."""

    customer_id: Id
    current_channel: Channel
    new_channel: Channel
    session_id: Id | None = None
    context: SwitchContext = SwitchContext()
    idempotency_key: Id | None = None
    example = {
        "customer_id": "user123",
        "current_channel": "web",
        "new_channel": "mobile",
        "session_id": "session_xyz",
        "context": {
            "previous_messages": [
                {"message": "I want to track my order", "timestamp": "2023-09-21T12:00:00Z"}
            ]
        },
    }


class AddressBody(Body):
    """A further address; a one-time code goes there, and it counts once the code was given."""

    customer_id: Id | None = None
    kind: Literal["phone", "email"]
    address: Line
    example = {"customer_id": "user123", "kind": "phone", "address": "+12025550143"}


class CodeBody(Body):
    """The one-time code that went to an address."""

    customer_id: Id | None = None
    code: OneTimeCode
    example = {"customer_id": "user123", "code": "123456"}


class ConsentBody(Body):
    """Whether we may write on a channel at all (`contact`), or with advertising (`marketing`)."""

    customer_id: Id | None = None
    channel: Literal["sms", "email"]
    purpose: Literal["contact", "marketing"] = "contact"
    granted: StrictBool
    example = {"customer_id": "user123", "channel": "sms", "purpose": "contact", "granted": False}


class Provider(Schema):
    """Who delivers on a channel, and how deliveries of the last minutes went."""

    name: str
    healthy: bool
    detail: str


class ChannelSchema(Schema):
    """What holds for a customer on a channel; `reason` says why it is not available."""

    channel: Channel
    available: bool
    reason: str | None = None
    address: str | None = None
    verified: bool
    consent: Literal["allowed", "opted_out"]
    marketing: bool | None = None
    provider: Provider
    last_used_at: datetime | None = None
    current: bool

    @classmethod
    def of_state(cls, state: ChannelState) -> ChannelSchema:
        """Return the schema of a channel's state."""
        same = {name: getattr(state, name) for name in cls.__fields__ if name != "provider"}
        provider = Provider(name=state.provider, healthy=state.healthy, detail=state.detail)
        return cls(**same, provider=provider)


class AvailableAnswer(Schema):
    """Where a customer can be reached now."""

    customer_id: str
    channels: list[ChannelSchema]


class MessageSchema(Schema):
    """A message that was handed in, and what became of it."""

    message_id: str
    customer_id: str
    channel: str
    address: str | None = None
    message: str
    context: JsonObject
    status: Literal[
        "queued",
        "sent",
        "delivered",
        "read",
        "undelivered",
        "bounced",
        "failed",
        "posted",
    ]
    error: str | None = None
    created_at: datetime
    updated_at: datetime
    repeated: bool

    @classmethod
    def of_message(cls, message: ChannelMessage) -> MessageSchema:
        """Return the schema of a message."""
        names = ("customer_id", "channel", "address", "status", "error", "created_at", "updated_at")
        return cls(
            message_id=message.id,
            message=message.text,
            context=JsonObject(message.context),
            repeated=message.replayed,
            **{name: getattr(message, name) for name in names},
        )


class KeptTask(Schema):
    """The task that goes on, and the value that it asks for next."""

    name: str
    step: str | None = None


class SwitchAnswer(Schema):
    """Where the conversation goes on; `announcement` is what was said there."""

    switch_id: str
    customer_id: str
    conversation_id: str
    session_id: str | None = None
    previous_channel: str
    channel: str
    address: str | None = None
    task: KeptTask | None = None
    kept: list[str]
    announcement: str
    notification_id: str | None = None
    switched_at: datetime
    repeated: bool

    @classmethod
    def of_switch(cls, switch: Switch, session_id: str | None) -> SwitchAnswer:
        """Return the schema of a switch."""
        return cls(
            switch_id=switch.id,
            customer_id=switch.customer_id,
            conversation_id=switch.customer_id,
            session_id=session_id,
            previous_channel=switch.from_channel,
            channel=switch.to_channel,
            address=switch.address,
            task=KeptTask(name=switch.task, step=switch.step) if switch.task else None,
            kept=list(switch.slots),
            announcement=switch.announced,
            notification_id=switch.notification_id,
            switched_at=switch.at,
            repeated=switch.replayed,
        )


class AddressSchema(Schema):
    """An address of a customer, most of it hidden."""

    address_id: str
    kind: Literal["phone", "email", "device", "alexa"]
    address: str
    verified: bool
    on_record: bool
    created_at: datetime
    verified_at: datetime | None = None

    @classmethod
    def of_address(cls, item: ContactAddress) -> AddressSchema:
        """Return the schema of an address."""
        names = ("kind", "verified", "on_record", "created_at", "verified_at")
        same = {name: getattr(item, name) for name in names}
        return cls(address_id=item.id, address=item.masked, **same)


class AddressList(Schema):
    """The addresses of a customer."""

    customer_id: str
    addresses: list[AddressSchema]


class CodeSent(Schema):
    """That a code is on its way, and from when another may be asked for."""

    address_id: str
    sent_to: str
    expires_at: datetime
    resend_at: datetime

    @classmethod
    def of_request(cls, address_id: str, sent: Requested) -> CodeSent:
        """Return the schema of a request for a code."""
        times = {"expires_at": sent.expires_at, "resend_at": sent.resend_at}
        return cls(address_id=address_id, sent_to=sent.masked_address, **times)
