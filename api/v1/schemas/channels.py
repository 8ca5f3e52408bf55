"""Schemas of the channels."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import StrictBool

from api.v1.schemas.base import Body, Schema
from api.v1.schemas.types import Id, JsonObject, MessageText
from closer.conversations.turn import Entity, Entry, HandoffState, TaskState, TurnResult

Channel = Literal["web", "mobile", "sms", "voice", "email", "alexa"]


class ReceiveBody(Body):
    """A message that a customer sent on some channel.

    `identity_proven` is false when only the address suggests who it is: the assistant then asks for a one-time code
    before anything private.
    """

    customer_id: Id
    channel: Channel
    message: MessageText
    context: JsonObject = JsonObject()
    message_id: Id | None = None
    identity_proven: StrictBool = True
    example = {
        "customer_id": "user123",
        "channel": "sms",
        "message": "I want to check my order status",
        "context": {
            "session_id": "session_abc",
            "previous_conversations": [
                "What's the status of my order?",
                "What is my order number?",
            ],
        },
    }


class ReceiveAnswer(Schema):
    """What the assistant made of it; `response` is the replies' text in one piece."""

    message_id: str
    conversation_id: str
    customer_id: str
    channel: str
    response: str
    replies: list[Entry]
    intent: str | None = None
    confidence: float
    entities: list[Entity]
    task: TaskState | None = None
    handoff: HandoffState
    actions: list[str]
    model_version: str | None = None
    stages_ms: dict[str, float]
    repeated: bool

    @classmethod
    def of(cls, body: ReceiveBody, result: TurnResult) -> ReceiveAnswer:
        """Return the answer to a request."""
        same: dict[str, Any] = {name: getattr(result, name) for name in _SAME}
        return cls(
            **same,
            customer_id=body.customer_id,
            channel=body.channel,
            response="\n\n".join(reply.text for reply in result.replies if reply.text),
            intent=result.intent.name,
            confidence=result.intent.confidence,
        )


_SAME = (
    "message_id",
    "conversation_id",
    "replies",
    "entities",
    "task",
    "handoff",
    "actions",
    "model_version",
    "stages_ms",
    "repeated",
)
