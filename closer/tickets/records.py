"""Records of tickets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Comment:
    """What somebody wrote on a ticket; an internal one is not for the customer."""

    id: str
    author: str
    internal: bool
    body: str
    at: datetime


@dataclass(frozen=True)
class Change:
    """A field that somebody changed."""

    at: datetime
    actor: str
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Ticket:
    """Something that people must look after.

    Attributes:
        due_at: Until when it must be resolved, by its priority.
        comments: Filled when a single ticket is read, not in lists.
        history: Likewise.
    """

    id: str
    sort_key: str
    customer_id: str | None
    conversation_id: str | None
    subject: str
    category: str
    priority: str
    state: str
    assignee: str | None
    due_at: datetime
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    comments: Sequence[Comment] = field(default_factory=tuple)
    history: Sequence[Change] = field(default_factory=tuple)

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in ("open", "pending")

    def overdue(self, now: datetime) -> bool:
        """Say whether the due time has passed without a resolution."""
        return self.is_open and self.due_at < now


@dataclass(frozen=True)
class TicketFilter:
    """Which tickets to list; what is None or empty does not filter."""

    customer_id: str | None = None
    conversation_id: str | None = None
    states: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    category: str | None = None
    assignee: str | None = None
    unassigned: bool = False
    overdue_at: datetime | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
