"""The lines of a mail's text, free of what only its way here put into it, and which of them are marked with `>`."""

from __future__ import annotations

import re
from collections.abc import Sequence

_MARK = re.compile(r"^\s{0,3}>")
_LOOKED_AHEAD = 4
#: RFC 3676, 4.3: with its space at the end it is never anything else.
SIGNATURE_LINE = "-- "


def lines_of(text: str) -> list[str]:
    """Returns the lines without blanks at their ends, the line before a signature excepted."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    plain = plain.replace("\u200b", "").replace("\ufeff", "")
    return [line if line == SIGNATURE_LINE else line.rstrip() for line in plain.split("\n")]


def is_marked(line: str) -> bool:
    """Tells whether a mail program marked the line as quoted."""
    return _MARK.match(line) is not None


def is_blank(line: str) -> bool:
    """Tells whether nothing is on the line."""
    return not line.strip()


def unmarked(line: str) -> str:
    """Returns the line's words without the marks before them."""
    return line.strip().lstrip("> ")


def marked_below(lines: Sequence[str], at: int) -> bool:
    """Tells whether the next words from there on are marked."""
    ahead = lines[at : at + _LOOKED_AHEAD]
    return next((is_marked(line) for line in ahead if line.strip()), False)
