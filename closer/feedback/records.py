"""Records of feedback."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

KINDS = ("rating", "review", "comment")


@dataclass(frozen=True)
class About:
    """The answer that feedback is about.

    Attributes:
        entry_id: The entry in the conversation's history.
        message_id: The customer's message that was answered.
        response_text: What was answered.
        confidence: How sure the model was, 0 to 1.
        model_version: Which model answered.
    """

    entry_id: str | None = None
    message_id: str | None = None
    response_text: str | None = None
    confidence: float | None = None
    model_version: str | None = None


@dataclass(frozen=True)
class Feedback:
    """What somebody thinks of an answer, a conversation, a product or an order."""

    id: str
    kind: str
    customer_id: str | None
    conversation_id: str | None
    session_id: str | None
    rating: int | None
    comment: str | None
    about: About
    product_id: str | None
    order_id: str | None
    channel: str | None
    created_at: datetime
    sort_key: str


@dataclass(frozen=True)
class RatingSummary:
    """How something was rated: how often, how well on average, and how often each of 1 to 5."""

    count: int
    average: float | None
    counts: dict[int, int]
