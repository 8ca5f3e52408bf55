"""Dates as customers write them, also relative ones, brought into ISO form."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from closer.conversations.value_numbers import number_of

_MONTHS = {name.lower()[:3]: at for at, name in enumerate(calendar.month_name) if name}
_DAYS = {name.lower()[:3]: at for at, name in enumerate(calendar.day_name)}
_MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY = r"(mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nesday|r|rs|rsday|urday)?\b"
_TODAY = {
    "today": 0, "2day": 0, "tonight": 0, "tonite": 0, "now": 0, "yesterday": -1, "yday": -1, "yest": -1,
    "tomorrow": 1, "tmrw": 1, "tmr": 1, "2morrow": 1, "tomorow": 1, "tommorow": 1, "tommorrow": 1,
    "yestrday": -1, "yesterdy": -1, "yesteday": -1,
}  # fmt: skip
_FEASTS = {
    "christmas eve": (12, 24), "christmas": (12, 25), "xmas": (12, 25), "boxing day": (12, 26),
    "new year's eve": (12, 31), "new year": (1, 1), "valentine": (2, 14), "halloween": (10, 31),
}  # fmt: skip
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_PAST, _FUTURE = "last|past|previous", "next|coming"
_UNITS = {"day": 1, "week": 7, "wk": 7, "fortnight": 14}


#: What lies behind: "ordered on ...", "did I buy in ...", "the invoice from ...", "since ...".
_BEHIND = re.compile(
    r"(?:\bsince|\b(?:ordered|bought|purchased|placed|paid|returned|charged|billed|dated|made|got|received|arrived|came|happened)"
    r"(?:\s+(?!by\b|until\b|for\b(?!\s+(?:it|that|this|them|my)\b))[\w'-]+){0,4}?"
    r"|\bdid (?:i|we)(?:\s+[\w'-]+){1,5}?|\b(?:orders|purchases)\s+(?:in|on)"
    r"|\b(?:invoices?|bills?|receipts?|statements?)(?:\s+[\w'-]+){0,2}?\s+(?:from|of|for|in|dated|issued)"
    r"|\b(?:orders?|purchases?|payments?|charges?|refunds?|parcels?|chats?|calls?|messages?|e-?mails?)(?:\s+[\w'-]+)?\s+(?:from|of))"
    r"(?:\s+(?:on|in|from|at|back|back in|the))*\s*$",
    re.IGNORECASE,
)
#: "the January bill", "Monday's order".
_OF_IT = re.compile(
    r"\s*(?:'s)?\s+(?:bill|invoice|receipt|order|purchase|payment|charge)s?\b", re.IGNORECASE
)


def lies_behind(before: str, after: str) -> bool:
    """Say whether the words around a date tell that it has passed: orders and bills do, deliveries and appointments do not."""
    return _BEHIND.search(before) is not None or _OF_IT.match(after) is not None


def normalise_date(
    text: str, today: date, *, day_first: bool = True, past: bool = False
) -> str | None:
    """Return the ISO date that some wording means, or None.

    A span ("last month", "March 2024") gives its first day; a day without a year gives the
    nearest one; a bare weekday the coming one, today included.

    Args:
        text: The wording, such as "3 March", "last Friday", "two weeks ago", "2024-05-01".
        today: What "today" means.
        day_first: Whether 4/5/2024 is the 4th of May.
        past: Whether it has passed, so that "March" is the last one and "Monday" too.
    """
    words = re.sub(r"[,.](?=\s|$)|\bthe\b|\bof\b|\bon\b", " ", text.lower().replace("\u2019", "'"))
    words = " ".join(words.split())
    try:
        found = (
            _numeric(words, day_first)
            or _named(words, today, past)
            or _relative(words, today, past)
        )
    except ValueError:  # 31 February
        return None
    return found.isoformat() if found else None


def _numeric(words: str, day_first: bool) -> date | None:
    """Read 2024-05-01 and 1/5/2024."""
    if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", words):
        return date(*map(int, match.groups()))
    if match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d\d)", words):
        first, second, year = map(int, match.groups())
        year += 2000 if year < 100 else 0
        if second > 12 or (not day_first and first <= 12):
            first, second = second, first
        return date(year, second, first)
    return None


def _named(words: str, today: date, past: bool) -> date | None:
    """Read "3rd March 2024", "March 3", "March 2024", "the 8th", "Christmas"."""
    for pattern, order in (
        (rf"(?:{_DAY} )?(\d{{1,2}})(?:st|nd|rd|th)? {_MONTH}(?: (\d{{4}}))?", (2, 3, 4)),
        (rf"(?:{_DAY} )?{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?(?: (\d{{4}}))?", (3, 2, 4)),
    ):
        if match := re.fullmatch(pattern, words):
            day, month, year = (match.group(at) for at in order)
            return _in_year(int(day), _MONTHS[month], year, today, past)
    if match := re.fullmatch(
        rf"(?:(early|mid|late|beginning|end|middle|start)[ -])?{_MONTH}(?: (\d{{4}}))?", words
    ):
        part, month, year = match.groups()
        day = {"mid": 15, "middle": 15, "late": 25, "end": 28}.get(part, 1)
        return _in_year(day, _MONTHS[month], year, today, past)
    if match := re.fullmatch(rf"(?:{_DAY} )?(\d{{1,2}})(?:st|nd|rd|th)", words):
        return _nearest(_months_around(int(match.group(2)), today), today, past)
    if match := re.fullmatch(r"(?:19|20)\d\d", words):
        return date(int(words), 1, 1)
    for feast, (month, day) in _FEASTS.items():
        if words.startswith(feast):
            return _in_year(day, month, None, today, past)
    return None


def _in_year(day: int, month: int, year: str | None, today: date, past: bool) -> date:
    """Return the day in the given year, else in the year that brings it nearest."""
    if year:
        return date(int(year), month, day)
    years = (today.year - 1, today.year, today.year + 1)
    return _nearest([date(y, month, day) for y in years], today, past)


def _nearest(days: list[date], today: date, past: bool) -> date:
    fitting = [day for day in days if day <= today] if past else days
    return min(fitting or days, key=lambda day: abs(day - today))


def _months_around(day: int, today: date) -> list[date]:
    """Return the day of the month in the last, this and the next month, where there is one."""
    found = []
    for step in (-1, 0, 1):
        first = _add_months(today.replace(day=1), step)
        if day <= calendar.monthrange(first.year, first.month)[1]:
            found.append(first.replace(day=day))
    if not found:
        raise ValueError(day)
    return found


def _relative(words: str, today: date, past: bool) -> date | None:
    """Read wording that counts from today."""
    for word, shift in (
        ("day before yesterday", -2),
        ("day after tomorrow", 2),
        ("earlier today", 0),
    ):
        if words == word:
            return today + timedelta(shift)
    head = words.split(" ", 1)[0]
    if head in _TODAY:
        return today + timedelta(_TODAY[head])
    if match := re.fullmatch(rf"(?:this )?(?:({_PAST}|{_FUTURE}|this) )?{_DAY}(?: [a-z]+)?", words):
        which = match.group(1) or ("last" if past else None)
        return _weekday(which, _DAYS[match.group(2)], today)
    if match := re.fullmatch(
        r"(?:in )?(.+?)[ ]?(day|week|wk|fortnight|month|year|yr|hour|hr)s?'?s? ?(ago|back|later|from now|from today|time)?",
        words,
    ):
        count, unit, direction = match.groups()
        if direction or words.startswith("in "):
            number = number_of(count)
            sign = -1 if direction in ("ago", "back") else 1
            return _shift(today, sign * number, unit) if number is not None else None
    if match := re.fullmatch(rf"(this|{_PAST}|{_FUTURE}) (.+)", words):
        return _span(match.group(1), match.group(2), today)
    return None


def _weekday(which: str | None, weekday: int, today: date) -> date:
    ahead = (weekday - today.weekday()) % 7
    if which and re.fullmatch(_PAST, which):
        return today - timedelta((today.weekday() - weekday - 1) % 7 + 1)
    if which and re.fullmatch(_FUTURE, which):
        return today + timedelta(ahead or 7)
    return today + timedelta(ahead)


def _shift(today: date, count: int, unit: str) -> date:
    if unit in ("hour", "hr"):
        return today
    if unit in ("month", "year", "yr"):
        return _add_months(today, count * (1 if unit == "month" else 12))
    return today + timedelta(count * _UNITS[unit])


def _add_months(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _span(which: str, unit: str, today: date) -> date | None:  # noqa: PLR0911 - a table of units
    """Return the first day of "last week", "next month", "this year", "last summer"."""
    step = 0 if which == "this" else -1 if re.fullmatch(_PAST, which) else 1
    if unit.startswith("weekend"):
        saturday = today + timedelta((5 - today.weekday()) % 7)
        return saturday + timedelta(7 * step)
    if unit.startswith("week"):
        return today - timedelta(today.weekday()) + timedelta(7 * step)
    if unit.startswith("month"):
        return _add_months(today.replace(day=1), step)
    if unit.startswith("year"):
        return date(today.year + step, 1, 1)
    if unit in ("night", "evening", "morning", "afternoon", "noon"):
        return today + timedelta(step)
    if unit in _SEASONS:
        start = date(today.year, _SEASONS[unit], 1)
        if step < 0 and start >= today:
            return start.replace(year=today.year - 1)
        return start.replace(year=today.year + 1) if step > 0 and start <= today else start
    if match := re.fullmatch(_MONTH, unit):
        first = date(today.year, _MONTHS[match.group(1)], 1)
        if step < 0 and first > today:
            return first.replace(year=today.year - 1)
        return first.replace(year=today.year + 1) if step > 0 and first <= today else first
    return None
