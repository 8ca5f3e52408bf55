"""Accepting what customers write, by socket or REST."""

from __future__ import annotations

from api.gateway import Gateway
from api.v1.schemas.chat import MessageBody, MessageFrame
from closer.conversations.turn import InboundMessage
from closer.kit.errors import InvalidInput, NotPermitted
from closer.kit.settings import Settings
from closer.security.tokens import Claims

CHANNEL = "web"


def own_conversation(caller: Claims) -> str:
    """Return the caller's own conversation.

    Raises:
        NotPermitted: for staff and services, who have none.
    """
    if caller.conversation_id is None:
        raise NotPermitted("staff and services have no conversation of their own")
    return caller.conversation_id


def check_length(text: str, settings: Settings) -> None:
    """Refuse a text that is longer than the settings allow.

    Raises:
        InvalidInput: code `message_too_long`.
    """
    limit = settings.max_message_chars
    if len(text) > limit:
        raise InvalidInput(
            f"a message has at most {limit} characters", code="message_too_long", limit=limit
        )


def inbound(body: MessageBody | MessageFrame, caller: Claims, settings: Settings) -> InboundMessage:
    """Return the message of a signed-in customer or of a visitor; identity comes from the token alone."""
    check_length(body.text, settings)
    return InboundMessage(
        message_id=body.message_id,
        channel=CHANNEL,
        conversation_id=own_conversation(caller),
        customer_id=caller.customer_id,
        proven=caller.customer_id is not None,
        text=body.text,
        payload=body.payload,
    )


async def accept(gateway: Gateway, message: InboundMessage, door: str) -> InboundMessage:
    """Store a message and show it in the conversation's other windows; return it as it was stored first."""
    record = await gateway.services.conversations.accept(message)
    gateway.metrics.messages.labels(door).inc()
    gateway.hub.nudge(message.conversation_id)
    return record.message
