"""The rules of privacy: kinds of requests, by when they must be done, which state follows which."""

from __future__ import annotations

from datetime import datetime, timedelta

from closer.kit.errors import Conflict

KINDS = ("data_deletion", "data_export", "opt_out", "opt_in")
PURPOSES = ("sale", "marketing_email", "marketing_sms", "personalization")

STATES = ("received", "verified", "in_progress", "completed", "refused")
OPEN = ("received", "verified", "in_progress")

TRANSITIONS: dict[str, frozenset[str]] = {
    "received": frozenset({"verified", "refused"}),
    "verified": frozenset({"in_progress", "refused"}),
    "in_progress": frozenset({"completed", "verified", "refused"}),
    "completed": frozenset(),
    "refused": frozenset(),
}

#: GDPR article 12(3) says one month.
GDPR_LIMIT = timedelta(days=30)
#: 11 CCR 7026(f) for opting out of sale and sharing.
CCPA_BUSINESS_DAYS = 15

#: For so long who asked in a conversation to be forgotten can take it back.
SECOND_THOUGHTS = timedelta(hours=1)
EXPORT_DAYS = 7
LEASE = timedelta(minutes=10)
MAX_ATTEMPTS = 5


def due_at(kind: str, received_at: datetime) -> datetime:
    """Return by when a request must be carried out."""
    if kind in ("data_deletion", "data_export"):
        return received_at + GDPR_LIMIT
    due, left = received_at, CCPA_BUSINESS_DAYS
    while left:
        due += timedelta(days=1)
        left -= due.weekday() < 5
    return due


def check_transition(old: str, new: str) -> None:
    """Insist that a state may follow another.

    Raises:
        Conflict: `privacy_transition`.
    """
    if new not in TRANSITIONS[old]:
        raise Conflict(f"a request that is {old} cannot become {new}", code="privacy_transition")
