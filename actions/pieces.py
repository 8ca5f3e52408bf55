"""How many pieces of what was bought words mean: "2 of the 3", "only one", "both"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from actions.bought import NOT_MEANT, PARTS, item_named
from closer.catalog.words import stem, words_of

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_COUNTS = {word: number for number, word in enumerate(_NUMBERS, start=1)} | {"single": 1}
_COUNT = rf"(?<![\w.,$€£-])(?:\d{{1,2}}|{'|'.join(_COUNTS)})(?![\w%]|[.,-]\d|-\w)"
#: Of "2 of the 3" only the first number counts.
_OF = re.compile(rf"({_COUNT})(\s+(?:out )?of (?:the |those |these |my |your )?){_COUNT}")
_NUMBER = re.compile(_COUNT)
_JUST = re.compile(r"\b(?:just|only) the one\b")
#: Numbers that count something else, and the "one" that only points.
_OTHERWISE = re.compile(
    rf"{_COUNT} ?(?:cm|mm|m|ml|l|cl|g|kg|oz|lbs?|gb|tb|mb|inch(?:es)?|ft|%|percent|am|pm|stars?|times?|euros?|dollars?|bucks|usd|eur"
    r"|secs?|seconds?|mins?|minutes?|hours?|days?|nights?|weeks?|months?|years?|wash(?:es)?|uses?|tries|goes|centimet\w+|met(?:er|re)s?)\b"
    rf"|\b(?:sizes?|number|nr|no\.?|order|level|version|type|step|model|usb|after) {_COUNT}"
    r"|\b(?:the|that|this|which|what|other|another|wrong|right|last|every|each|any|new|old|a|an) (?:\w+ )?one\b(?! of)|\bno one\b(?! of)|\bone day\b"
)
_ALL = re.compile(
    rf"\b(?:all(?: of)?(?: (?:it|them|those|these|the|my|{'|'.join(_COUNTS)}|\d{{1,2}}))?|both|every(?:thing| one| piece)|the lot|the whole (?:order|lot))\b"
)


class _Line(Protocol):
    """What was bought together: a thing and how many of it there are to speak of."""

    @property
    def line(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def quantity(self) -> int: ...


def pieces_named(text: str, items: Sequence[_Line], chosen: Sequence[int] = ()) -> dict[int, int]:
    """Return how many pieces of which lines are meant; a line of which no number is said is left out.

    Args:
        text: What was said.
        items: What can be meant.
        chosen: The lines that are spoken of, when a number comes without a name.
    """
    several = [item for item in items if item.quantity > 1]
    spoken_of = [item for item in several if item.line in chosen] or several
    found: dict[int, int] = {}
    for part in PARTS.split(NOT_MEANT.sub(" ", text.lower())):
        item = item_named(part, items) or (spoken_of[0] if len(spoken_of) == 1 else None)
        if item is None and _ALL.search(part):
            found |= {each.line: each.quantity for each in several}
        number = None if item is None else _count(part, item)
        if item in several and item is not None and number is not None:
            found[item.line] = number
    return found


def named_singly(text: str, item: _Line) -> bool:
    """Say whether a thing is called by its name in the singular, though there are several of it."""
    title = {stem(word): word for word in words_of(item.name.partition(",")[0])}
    said = [word for word in words_of(text) if stem(word) in title]
    return bool(said) and not any(word.endswith("s") for word in said)


def _count(part: str, item: _Line) -> int | None:
    if _ALL.search(part):
        return item.quantity
    part = _OTHERWISE.sub(" ", _JUST.sub("one", _OF.sub(r"\1\2", part)))
    part = re.sub(_numbers_in(item.name), " ", part) if _numbers_in(item.name) else part
    numbers = _NUMBER.findall(part)
    return _COUNTS.get(numbers[-1]) or int(numbers[-1]) if numbers else None


def _numbers_in(name: str) -> str:
    """Return a pattern of what a name counts by itself, such as the "5 bands" of a set."""
    words = words_of(name)
    return "|".join(
        rf"\b{re.escape(one)} {re.escape(other)}\b"
        for one, other in pairwise(words)
        if one.isdigit()
    )
