"""What the shop's rules mean for an order: on what terms it is cancelled or refunded now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from closer.kit.money import Money


@dataclass(frozen=True)
class CancellationTerms:
    """Whether and on what terms an order can be cancelled now.

    Attributes:
        reason: `free_period`, `not_paid_yet`, `after_free_period`, `packed`, or the state that forbids it.
        text: The same as a sentence.
    """

    allowed: bool
    fee: Money
    refund: Money
    free_until: datetime
    reason: str
    text: str


@dataclass(frozen=True)
class ItemTerms:
    """On what terms a line goes back; `amount` is for all the pieces that are left to return."""

    line: int
    name: str
    category: str
    quantity: int
    days: int
    deadline: datetime | None
    eligible: bool
    amount: Money
    condition: str


@dataclass(frozen=True)
class RefundTerms:
    """Whether and how much of an order can be refunded now.

    Attributes:
        reason: `ok`, `cancel_instead`, `not_delivered_yet`, `too_late`, `nothing_left` or `cancelled`.
        deadline: Until when all the items that are eligible now stay so.
    """

    eligible: bool
    reason: str
    text: str
    deadline: datetime | None
    refundable: Money
    items: tuple[ItemTerms, ...]
