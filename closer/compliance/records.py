"""Records of privacy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from closer.compliance.policy import OPEN


@dataclass(frozen=True)
class PrivacyEvent:
    """A step of a request."""

    at: datetime
    actor: str
    state: str
    note: str


@dataclass(frozen=True)
class PrivacyRequest:
    """What somebody asked us to do with their data; its id is the receipt.

    Attributes:
        kind: `data_deletion`, `data_export`, `opt_out` or `opt_in`.
        state: `received` until the identity is proven, then `verified`, `in_progress`, `completed`; or `refused`.
        due_at: By when the law wants it done.
        result: What was deleted by store, and what is kept and why; nothing personal.
    """

    id: str
    sort_key: str
    customer_id: str
    kind: str
    state: str
    reason: str | None
    channel: str
    attempts: int
    result: Mapping[str, Any] | None
    created_at: datetime
    due_at: datetime
    completed_at: datetime | None
    history: Sequence[PrivacyEvent] = field(default_factory=tuple)

    @property
    def receipt(self) -> str:
        """What the person may quote."""
        return self.id

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in OPEN


@dataclass(frozen=True)
class Consent:
    """What somebody allowed or forbade."""

    purpose: str
    granted: bool
    source: str
    at: datetime


@dataclass(frozen=True)
class ContactConsent:
    """Whether an address may be written to, as somebody said."""

    granted: bool
    source: str
    at: datetime


@dataclass(frozen=True)
class Erasure:
    """What erasing a store did.

    Attributes:
        deleted: How many records are gone or made anonymous.
        kept: Why something is kept; None if nothing is.
    """

    deleted: int
    kept: str | None = None
