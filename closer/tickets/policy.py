"""The rules of tickets: categories, priorities, due times, and which state may follow which."""

from __future__ import annotations

from datetime import datetime, timedelta

from closer.kit.errors import Conflict, InvalidInput

CATEGORIES = (
    "order",
    "delivery",
    "refund",
    "invoice",
    "payment",
    "account",
    "registration",
    "product",
    "complaint",
    "handoff",
    "privacy",
    "technical",
    "other",
)

#: The lowest first.
PRIORITIES = ("low", "normal", "high", "urgent")

#: Until when a ticket of a priority must be resolved, from when it was opened.
SLA = {
    "urgent": timedelta(hours=4),
    "high": timedelta(hours=24),
    "normal": timedelta(hours=48),
    "low": timedelta(days=5),
}

#: So long what is told again belongs to the ticket that it has.
SAME_TROUBLE = timedelta(days=1)

STATES = ("open", "pending", "resolved", "closed")

#: `pending` waits for the customer; a resolved ticket may be opened again, a closed one stays closed.
TRANSITIONS: dict[str, frozenset[str]] = {
    "open": frozenset({"pending", "resolved", "closed"}),
    "pending": frozenset({"open", "resolved", "closed"}),
    "resolved": frozenset({"open", "closed"}),
    "closed": frozenset(),
}


def due_at(priority: str, opened_at: datetime) -> datetime:
    """Return until when a ticket must be resolved."""
    return opened_at + SLA[priority]


def check_transition(old: str, new: str) -> None:
    """Insist that a state may follow another.

    Raises:
        InvalidInput: if there is no such state.
        Conflict: `ticket_transition`, if it may not follow.
    """
    check_one_of("state", new, STATES)
    if new not in TRANSITIONS[old]:
        raise Conflict(f"a ticket that is {old} cannot become {new}", code="ticket_transition")


def check_one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Insist on a known value.

    Raises:
        InvalidInput: if it is none of them.
    """
    if value not in allowed:
        raise InvalidInput(f"{name} must be one of {', '.join(allowed)}", field=name)
