"""Records of the daily counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import NamedTuple


class Kind(str, Enum):
    """What is counted; the last five by name."""

    MESSAGE = "message"
    REPLY = "reply"
    FALLBACK = "fallback"
    HANDOFF = "handoff"
    INTENT = "intent"
    ACTION = "action"
    TASK_DONE = "task_done"
    TASK_GIVEN_UP = "task_given_up"


class Key(NamedTuple):
    """What a count is of."""

    day: date
    channel: str
    kind: Kind
    name: str = ""


@dataclass(frozen=True)
class NamedCount:
    """How often something happened."""

    name: str
    count: int


@dataclass(frozen=True)
class DailyInsight:
    """A day on a channel.

    Attributes:
        messages: What people said.
        replies: What the assistant said.
        fallbacks: Messages that it did not understand.
        handoffs: Requests for a person that were queued.
        intents: What messages were taken for, the most frequent first; the other lists likewise.
        actions: Custom actions.
        tasks_done: Tasks that did what they are for.
        tasks_given_up: Tasks that ended otherwise.
    """

    day: date
    channel: str
    messages: int
    replies: int
    fallbacks: int
    handoffs: int
    intents: Sequence[NamedCount]
    actions: Sequence[NamedCount]
    tasks_done: Sequence[NamedCount]
    tasks_given_up: Sequence[NamedCount]

    @property
    def fallback_rate(self) -> float | None:
        """The share of messages that were not understood, 0 to 1; None without messages."""
        return self.fallbacks / self.messages if self.messages else None


@dataclass(frozen=True)
class Period:
    """Days, both ends included, and what happened on them by day and channel."""

    start: date
    end: date
    days: Sequence[DailyInsight]
