"""Time: one injectable clock, always UTC."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Protocol


class Clock(Protocol):
    """Tells the time; everything that needs "now" takes one of these."""

    def now(self) -> datetime:
        """Return the current moment as an aware UTC datetime."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current moment as an aware UTC datetime."""
        return datetime.now(timezone.utc)


class FixedClock:
    """A clock that stands still until told otherwise; for tests and replays."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._at = at.astimezone(timezone.utc)

    def now(self) -> datetime:
        """Return the moment that was set last."""
        return self._at

    def set(self, at: datetime) -> None:
        """Jump to a moment."""
        self._at = at.astimezone(timezone.utc)

    def advance(self, **delta: float) -> None:
        """Move on by a `timedelta` given as keyword arguments."""
        self._at += timedelta(**delta)


def as_utc(value: datetime) -> datetime:
    """Return the moment in UTC; a naive one is taken to be UTC already."""
    if value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    return value.astimezone(timezone.utc)
