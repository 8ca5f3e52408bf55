"""Records of conversations, as the service hands them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.errors import Unavailable


class ClaimLost(Unavailable):
    """Somebody else took the message over, or it was erased: what this process did for it does not count."""

    code = "claim_lost"


@dataclass(frozen=True)
class InboxRecord:
    """A stored message and how far it is.

    Attributes:
        state: `received`, `processing`, `done` or `failed`.
        owner: The claim under which it is processed, if it is.
    """

    id: str
    state: str
    message: InboundMessage
    result: TurnResult | None
    attempts: int
    received_at: datetime
    owner: str | None = None
