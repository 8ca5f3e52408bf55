"""A name of which only one part is told: the first, the last, or the one that was misspelt."""

from __future__ import annotations

import difflib
import re

_SLIP = 0.6
_LAST = re.compile(
    r"\b(?:last|sur|family|second|married|maiden) ?-?name'?s?\b|\blastname\b", re.IGNORECASE
)
_FIRST = re.compile(r"\b(?:first|given|christian) ?-?name'?s?\b|\bforename\b", re.IGNORECASE)


def with_part(known: str, given: str, said: str = "") -> str:
    """Return a name that was told before with the part put right of which a later message speaks.

    Args:
        known: The name as it was told.
        given: What is told now: one of its parts, or the whole name.
        said: The words around it, which may name the part.

    Returns:
        The whole name: the part that is named changes, or the one that the new part is a spelling of, or else the last.
    """
    parts, last, first = known.split(), _LAST.search(said), _FIRST.search(said)
    one_word = len(given.split()) == 1
    if len(parts) < 2 or not (one_word or bool(last) != bool(first)):
        return given
    if not one_word and given.split(maxsplit=1)[0].lower() == parts[0].lower():
        return given
    if last and not first:
        return " ".join([*parts[:-1], given])
    if first and not last:
        return " ".join([given, *parts[1:]])
    near = _alike(known, given)
    place = [part.lower() for part in parts].index(near[0]) if near else len(parts) - 1
    return " ".join([*parts[:place], given, *parts[place + 1 :]])


def is_another(known: str, given: str) -> bool:
    """Say whether a name is no other spelling of any part of one that was told before."""
    return not _alike(known, given)


def _alike(known: str, given: str) -> list[str]:
    return difflib.get_close_matches(given.lower(), known.lower().split(), 1, _SLIP)
