"""Records of handing over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from closer.conversations.turn import HandoffState
from closer.tickets.policy import PRIORITIES


@dataclass(frozen=True)
class HandoffRequest:
    """A conversation that a person is to take over, or has.

    Attributes:
        state: `waiting`, `with_agent`, `wrap_up` or `closed`.
        outcome: How it ended: `resolved`, `returned`, `promised`, `abandoned`.
        transcript: What was said before, as entries in JSON form.
        position: Place in the queue while waiting, 1 is next.
        expected_wait: About how long; None when nobody is there.
    """

    id: str
    conversation_id: str
    customer_id: str | None
    channel: str
    reason: str
    priority: str
    skill: str
    state: str
    outcome: str | None
    ticket_id: str | None
    agent_id: str | None
    created_at: datetime
    claimed_at: datetime | None
    wrapped_at: datetime | None
    closed_at: datetime | None
    transcript: Sequence[dict[str, Any]] = field(default_factory=tuple, repr=False)
    position: int | None = None
    expected_wait: timedelta | None = None

    @property
    def handoff_state(self) -> HandoffState:
        """The state as the turn's contract tells it."""
        if self.state == "closed":
            return HandoffState()
        return HandoffState.parse_obj({"state": self.state, "request_id": self.id})

    @property
    def rank(self) -> int:
        """The priority as a number, 0 is low."""
        return PRIORITIES.index(self.priority)


@dataclass(frozen=True)
class Agent:
    """An agent at the desk."""

    agent_id: str
    skills: tuple[str, ...]
    capacity: int
    available: bool
    seen_at: datetime
    busy: int = 0


@dataclass(frozen=True)
class Availability:
    """Whether a person can be reached now.

    Attributes:
        open: Whether it is business hours.
        agents: How many agents are there for the skill.
        waiting: How many customers wait.
        expected_wait: For one more; None when nobody is there.
        opens_at: When business hours begin next; now if they have.
    """

    open: bool
    agents: int
    waiting: int
    expected_wait: timedelta | None
    opens_at: datetime


@dataclass(frozen=True)
class Slot:
    """When an appointment may be."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Appointment:
    """A call that was agreed on."""

    id: str
    customer_id: str
    conversation_id: str | None
    starts_at: datetime
    ends_at: datetime
    topic: str
    phone: str
    state: str
    created_at: datetime
