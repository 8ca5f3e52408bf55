"""Records of conversations, as the service hands them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from closer.conversations.turn import InboundMessage, TurnResult


@dataclass(frozen=True)
class InboxRecord:
    """A stored message and how far it is."""

    id: str
    state: str
    message: InboundMessage
    result: TurnResult | None
    attempts: int
    received_at: datetime
