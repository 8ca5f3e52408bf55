"""Days as they are said, and the time that a wording such as "last month" reaches over."""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
_YEAR = 366
_SPANS = (
    (
        r"today|yesterday|this (?:morning|afternoon)|tonight|\b\d{1,2}(?:st|nd|rd|th)\b|\d{4}-\d\d-\d\d|\b\d{1,2}[./]\d{1,2}\b"
        rf"|\b\d{{1,2}} (?:of )?{_MONTH}|\b{_MONTH} \d{{1,2}}\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\bdays? ago\b",
        1,
    ),
    (r"weeks?\b", 7),
    (r"\bquarter\b", 92),
    (rf"years?\b|^(?!.*\b{_MONTH}).*(?<![\w-])20\d\d(?![\w-])", _YEAR),
)
#: "From January" means that month, "from January on" all since then.
_ONWARDS = re.compile(
    r"\b(?:since|after|starting)\b|\bfrom\b.{0,25}\b(?:on|onwards?|until|till|to (?:now|today))\b",
    re.IGNORECASE,
)

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
Span = tuple["datetime | None", "datetime | None"]


def day_of(moment: datetime) -> str:
    """Return a day as it is said: Thursday, 12 March."""
    return f"{moment:%A}, {moment.day} {moment:%B}"


def due_day(moment: datetime, now: datetime) -> str:
    """Return by when something is due: today, tomorrow, or the day."""
    days = (moment.date() - now.date()).days
    return {0: "the end of today", 1: f"tomorrow, {day_of(moment)}"}.get(days, day_of(moment))


def first_day(said: Iterable[object]) -> str | None:
    """Return the first of some values that is a day, as text."""
    return next((str(value) for value in said if _ISO_DAY.match(str(value))), None)


def span_of(day: object, said: str) -> Span:
    """Return from when to when a wording reaches, by its first day: "last month", "in November", "last week"."""
    try:
        first = date.fromisoformat(str(day))
    except ValueError:
        return None, None
    begin = datetime.combine(first, time.min, timezone.utc)
    if _ONWARDS.search(said):
        return begin, None
    days = next((length for words, length in _SPANS if re.search(words, said.lower())), None)
    if days == _YEAR:
        days -= not isleap(first.year)
    return begin, begin + timedelta(days=days or monthrange(first.year, first.month)[1])
