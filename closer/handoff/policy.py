"""The rules of handing over: who goes first, when people are there, how long one waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta, timezone

from closer.tickets.policy import PRIORITIES

#: Who leads the conversations that are put through to the team's phone.
PHONE = "phone"
#: No call lasts longer; one whose end was never reported is over then.
LONGEST_TALK = timedelta(hours=4)

#: When agents work, by weekday (Monday is 0), UTC.
BUSINESS_HOURS: dict[int, tuple[time, time]] = {
    0: (time(8), time(20)),
    1: (time(8), time(20)),
    2: (time(8), time(20)),
    3: (time(8), time(20)),
    4: (time(8), time(20)),
    5: (time(9), time(17)),
}

#: How many agents can be booked for the same appointment slot.
APPOINTMENT_LANES = 2
SLOT = timedelta(minutes=30)
#: An appointment is booked at least so long before.
LEAD_TIME = timedelta(hours=1)
LONGEST_AHEAD = timedelta(days=30)

#: After this without a person, a waiting customer gets a ticket and a promise.
LONGEST_WAIT = timedelta(minutes=10)
LONGEST_WAIT_AFTER_HOURS = timedelta(minutes=2)
#: An agent who was not seen for so long is not there.
PRESENCE = timedelta(minutes=2)
WRAP_UP = timedelta(minutes=10)

USUAL_DURATION = timedelta(minutes=8)
DURATIONS_SEEN = 20

_REASON_PRIORITY = {
    "complaint": "high",
    "payment_issue": "high",
    "repeated_failure": "high",
    "threat": "urgent",
    "safety": "urgent",
}
_EMOTION_STEPS = {"angry": 1, "frustrated": 1, "upset": 1, "furious": 2, "desperate": 2}
_MANY_FAILURES = 3


def priority_for(reason: str, emotion: str | None = None, failures: int = 0) -> str:
    """Return the priority of a request: by its reason, raised by emotion and by repeated failure."""
    rank = PRIORITIES.index(_REASON_PRIORITY.get(reason, "normal"))
    rank += _EMOTION_STEPS.get(emotion or "", 0)
    rank += 1 if failures >= _MANY_FAILURES else 0
    return PRIORITIES[min(rank, len(PRIORITIES) - 1)]


def is_open(at: datetime) -> bool:
    """Say whether agents work at a moment."""
    hours = BUSINESS_HOURS.get(at.weekday())
    return hours is not None and hours[0] <= at.time() < hours[1]


def next_opening(at: datetime) -> datetime:
    """Return when agents are next at work; the moment itself if they are."""
    if is_open(at):
        return at
    for day in range(8):
        date = (at + timedelta(days=day)).date()
        hours = BUSINESS_HOURS.get(date.weekday())
        if hours is not None:
            opening = datetime.combine(date, hours[0], timezone.utc)
            if opening > at:
                return opening
    raise ValueError("BUSINESS_HOURS names no day")


def longest_wait(at: datetime) -> timedelta:
    """Return how long a customer waits at most at a moment."""
    return LONGEST_WAIT if is_open(at) else LONGEST_WAIT_AFTER_HOURS


def expected_wait(
    position: int, capacity: int, busy: int, durations: Sequence[timedelta]
) -> timedelta | None:
    """Return how long a customer waits about.

    Args:
        position: Their place in the queue, 1 is next.
        capacity: How many conversations the agents who are there can lead at once.
        busy: How many they lead now.
        durations: Of the conversations led last.

    Returns:
        None when nobody is there.
    """
    if capacity <= 0:
        return None
    free = max(0, capacity - busy)
    if position <= free:
        return timedelta(0)
    usual = sum(durations, timedelta()) / len(durations) if durations else USUAL_DURATION
    # On average a place becomes free each `usual / capacity`.
    return (position - free) * usual / capacity


def slots_of(day: datetime) -> list[datetime]:
    """Return when appointments may start on the day of a moment."""
    hours = BUSINESS_HOURS.get(day.weekday())
    if hours is None:
        return []
    start = datetime.combine(day.date(), hours[0], timezone.utc)
    end = datetime.combine(day.date(), hours[1], timezone.utc)
    found = []
    while start + SLOT <= end:
        found.append(start)
        start += SLOT
    return found
