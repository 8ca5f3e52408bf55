"""The turn: one internal contract for everyone who needs the dialogue.

A channel, the gateway, orchestration or the agent desk hands in an `InboundMessage`; the Rasa process answers with a
`TurnResult`. Both travel as JSON (see docs/chat-protocol.md) and are stored, so a field is only ever added.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Extra, Field

from closer.kit import quick_json

Sender = Literal["customer", "assistant", "agent", "system"]


class _Contract(BaseModel):
    class Config:
        """Unknown fields come from a newer version: keep out, do not fail."""

        extra = Extra.ignore
        frozen = True
        allow_population_by_field_name = True


class Media(_Contract):
    """Something attached to a message."""

    url: str
    content_type: str = "application/octet-stream"
    name: str | None = None


class Button(_Contract):
    """A quick reply; `payload` is what the dialogue receives when it is chosen."""

    title: str
    payload: str


class Image(_Contract):
    """A picture with its text alternative."""

    url: str
    alt: str = ""


class Fact(_Contract):
    """A label and its value on a card."""

    label: str
    value: str


class Step(_Contract):
    """A stage of a process, such as an order's way to its customer."""

    label: str
    state: Literal["done", "current", "todo"]
    at: datetime | None = None


class Card(_Contract):
    """A record shown as a card."""

    kind: str
    title: str
    subtitle: str | None = None
    image: Image | None = None
    facts: list[Fact] = []
    buttons: list[Button] = []


class Entry(_Contract):
    """One thing said in a conversation, by whomever, on whichever channel."""

    id: str
    at: datetime
    sender: Sender = Field(alias="from")
    channel: str
    message_id: str | None = None
    text: str | None = None
    buttons: list[Button] = []
    image: Image | None = None
    cards: list[Card] = []
    steps: list[Step] = []
    media: list[Media] = []
    subject: str | None = None


class InboundMessage(_Contract):
    """What a customer sent.

    Attributes:
        message_id: The sender's or vendor's id of the message; the same id is the same message.
        conversation_id: The customer's id, or the visitor's; set by us, never by a client.
        customer_id: The customer, once known.
        proven: Whether the identity is proven (signed in, or one-time code) rather than merely likely.
        payload: That of a button offered earlier in this conversation.
        context: What a service caller wants the dialogue to know.
        address: Where it came from and replies go, on channels that answer later: a number, a mailbox.
        sent_to: Which of our addresses it was sent to.
        household: The customers who share the address, if several do.
    """

    message_id: str
    channel: str
    conversation_id: str
    customer_id: str | None = None
    proven: bool = False
    text: str = ""
    payload: str | None = None
    media: list[Media] = []
    context: dict[str, Any] = {}
    address: str | None = None
    sent_to: str | None = None
    household: tuple[str, ...] = ()
    received_at: datetime | None = None


class Intent(_Contract):
    """An intent and how sure the model is, 0 to 1."""

    name: str | None = None
    confidence: float = 0.0


class Entity(_Contract):
    """A value found in the text; `raw` is what stands at `start:end`."""

    entity: str
    value: Any = None
    raw: str | None = None
    start: int | None = None
    end: int | None = None


class TaskState(_Contract):
    """Where a task stands: the slot asked for now, what is missing, whether it was completed in this turn."""

    name: str
    step: str | None = None
    missing: list[str] = []
    complete: bool = False


class HandoffState(_Contract):
    """Who has the conversation."""

    state: Literal["bot", "waiting", "with_agent", "wrap_up"] = "bot"
    request_id: str | None = None


class TurnResult(_Contract):
    """What came of a message.

    Attributes:
        actions: The names of the actions that ran, in order.
        stages_ms: Milliseconds by stage.
        repeated: Whether this is the stored result of a message that was handled before.
    """

    message_id: str
    conversation_id: str
    replies: list[Entry] = []
    intent: Intent = Intent()
    intent_ranking: list[Intent] = []
    entities: list[Entity] = []
    actions: list[str] = []
    task: TaskState | None = None
    handoff: HandoffState = HandoffState()
    model_version: str | None = None
    stages_ms: dict[str, float] = {}
    repeated: bool = False


def to_json(model: BaseModel) -> dict[str, Any]:
    """Return the contract's JSON form (aliases, ISO moments) as plain data."""
    data: dict[str, Any] = quick_json.loads(model.json(by_alias=True, exclude_none=True))
    return data
