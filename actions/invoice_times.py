"""Several invoices meant at once: all of them, those of a time, or the last few."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from actions.context import TurnContext
from actions.days import span_of
from closer.conversations.value_dates import normalise_date
from closer.conversations.value_numbers import number_of
from closer.orders.records import Invoice

#: No more are sent with one message.
MOST = 24
_PAPER = r"(?:invoices?|bills?|receipts?)"
_PAPERS = re.compile(r"\b(?:invoices|bills|receipts)\b", re.IGNORECASE)
_ALL = re.compile(
    rf"\b(?:all|every|each|both)\b(?! (?:right|good|set|i|you|that|is|set))(?:\s+[\w']+){{0,3}}\s+{_PAPER}\b"
    r"|\b(?:invoices|bills|receipts)\b.{0,30}\b(?:all of (?:them|it)|all|both|every one|each (?:one|of them))(?: please| pls)?\W*$"
    rf"|\ball\W+(?:the |my )?{_PAPER}\b|\b(?:whole|entire) (?:invoice|billing) history\b",
    re.IGNORECASE,
)
#: The answer where it was asked which one: "all of them", "both please".
_ALL_OF_THEM = re.compile(
    r"\W*(?:(?:ok|just|well|i need|i want|send|send me|mail|give me|can i (?:have|get)|the)\W+)*(?:all|both|every one|each|everything)"
    r"(?: (?:of (?:them|these|those|it)|the invoices|invoices|please|pls|four|three|two))*\W*",
    re.IGNORECASE,
)
_NUMBER = r"\d{1,2}|two|three|four|five|six|seven|eight|nine|ten|twelve"
_LAST_FEW = re.compile(
    rf"\b(?:last|latest|past|previous|newest|recent) (?P<count>{_NUMBER}) (?:\w+ )?(?:invoices|bills|receipts)\b",
    re.IGNORECASE,
)
_LAST_UNITS = re.compile(
    rf"\b(?:last|past|previous) (?P<count>{_NUMBER}) (?P<unit>day|week|month|year)s\b",
    re.IGNORECASE,
)
_DAYS = {"day": 1, "week": 7, "month": 31, "year": 366}
#: What stands around a time that invoices are of, not one until which they are needed.
_OF = re.compile(
    r"\b(?:from|of|in|for|dated|since|during|over|within|issued(?: on| in)?|bought|ordered|paid)(?: (?:the|all|whole|entire|back in|back|on|in))*\s*$"
    rf"|\b{_PAPER}\W*$",
    re.IGNORECASE,
)
#: "of 2025", "the 2025 invoices": a bare year.
_YEAR = re.compile(
    rf"\b(?:from|of|in|for|during|dated)(?: (?:the|all|whole|entire|year))* (?P<of>20\d\d)(?![\w/-])|(?<![\w-])(?P<before>20\d\d)(?:'?s)? {_PAPER}\b",
    re.IGNORECASE,
)
_BEFORE_PAPER = re.compile(rf"\s*(?:'?s)?\s+(?:\w+ )?{_PAPER}\b", re.IGNORECASE)
_NEWEST = re.compile(r"\b(?:latest|most recent|newest)\b", re.IGNORECASE)


def several_meant(ctx: TurnContext, *, asked: bool) -> dict[str, Any] | None:
    """Return which invoices a message means by a time, a number or "all"; None if it means none that way.

    Args:
        ctx: The turn.
        asked: Whether it was asked which invoice is meant.

    Returns:
        `since` and `until` in ISO form, `count`, and whether `all` of them are wanted.
    """
    text = ctx.text
    named = re.search(rf"\b{_PAPER}\b", text, re.IGNORECASE) is not None
    if not (named or asked):
        return None
    wants_all = bool(_ALL.search(text) or (asked and _ALL_OF_THEM.fullmatch(text)))
    few, units = _LAST_FEW.search(text), _LAST_UNITS.search(text)
    since, until = _time_meant(ctx, asked=asked)
    if units:
        back = timedelta(days=int(number_of(units["count"]) or 1) * _DAYS[units["unit"].lower()])
        since, until = ctx.services.clock.now() - back, None
    if not (wants_all or few or since):
        return None
    return {
        "all": wants_all or bool(few or units) or _PAPERS.search(text) is not None,
        "count": int(number_of(few["count"]) or 1) if few else 1 if _NEWEST.search(text) else None,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
    }


def those_meant(known: Sequence[Invoice], meant: dict[str, Any]) -> list[Invoice]:
    """Return the invoices that are meant, the newest first."""
    since, until = (
        datetime.fromisoformat(meant[end]) if meant.get(end) else None for end in ("since", "until")
    )
    found = [
        each
        for each in known
        if (since is None or each.issued_at >= since) and (until is None or each.issued_at < until)
    ]
    return found[: meant.get("count") or MOST]


def _time_meant(ctx: TurnContext, *, asked: bool) -> tuple[datetime | None, datetime | None]:
    """Return the time that the invoices are of, if the message names one that has begun."""
    now = ctx.services.clock.now()
    if (year := _YEAR.search(ctx.text)) is not None:
        return span_of(f"{year['of'] or year['before']}-01-01", "year")
    for start, end, _ in ctx.places("date"):
        of_it = _OF.search(ctx.text[:start]) or _BEFORE_PAPER.match(ctx.text[end:])
        if not (of_it or asked):
            continue
        since, until = span_of(normalise_date(ctx.text[start:end], now.date(), past=True), ctx.text)
        if since is not None and since <= now:
            return since, until
    return None, None
