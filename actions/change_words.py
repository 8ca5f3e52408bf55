"""The words in which customers say what to change in an order: the kind of change, and how many."""

from __future__ import annotations

import re

_NUMBERS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_NUMBER_OF = {
    **{word: number for number, word in enumerate(_NUMBERS)},
    "couple": 2,
    "pair": 2,
    "dozen": 12,
    "twice": 2,
    "double": 2,
}
_NUMBER = rf"(?<![\w#$.-])(?:\d{{1,3}}|{'|'.join(_NUMBER_OF)})(?![\w-]|\.\d)"
_NOT_A_NUMBER = re.compile(
    r"\b(?:size|sized|order|in|nr|no\.?|number)\s*#?\s*\d+\w*|\d+\s?(?:gb|tb|inch|cm|mm|ml|kg|watt|w|l|hz)\b|"
    r"\b(?:the|that|this|green|blue|black|white|red|other|which|another|wrong|right|bigger|smaller|last|first)\s+one\b|one of\b"
    r"|\b(?:another|an extra|(?:one|a) (?:more|further|new|second)) pair\b",
    re.IGNORECASE,
)
_SOME_OF = re.compile(rf"\b(\d+|{'|'.join(_NUMBER_OF)}) of\b", re.IGNORECASE)
#: The kind of change that takes everything out, which is a cancellation.
EMPTY = "empty"
_KINDS: tuple[tuple[str, str], ...] = (
    (EMPTY, r"(?:remov\w*|delet\w*|drop|clear|cancel|take (?:off|out)|get rid of)\s+(?:it all|everything|all of (?:it|them)|all (?:the )?(?:items|things|products)|the (?:lot|whole (?:thing|lot|order)))|call off (?:it|my|the|that|this|order)\b|call (?:it|(?:my|the|that|this) (?:\w+ )?(?:order|thing)) off|(?:take|throw) (?:it all|everything|all of (?:it|them)) (?:out|off|away)"),
    ("remove", r"remov\w*|take\b.{0,40}\b(?:out|off)|drop|delet\w*|leave out|without|(?:don'?t|do not|dont|no longer) (?:want|need)|get rid|take away|minus"),
    ("swap", r"sizes?|colou?rs?|swap\w*|exchang\w*|different|bigger|smaller|larger|variant|version|replac\w*|switch\w*|model"),
    ("add", r"add\w*|includ\w*|put (?:\w+ )?(?:back )?in|put (?:\w+ )?back|throw in|another|one more|extra|also (?:want|need|get|order)|more items?|plus"),
    ("quantity", r"quantit\w*|how many|amount|make it|only (?:one|two|three|\d+)|just (?:one|two|three|\d+)|twice|double|increas\w*|reduc\w*|more of|fewer|pieces"),
)  # fmt: skip


def kind_in(text: str) -> str | None:
    """Return the kind of change that a text names: empty, remove, swap, add or quantity."""
    for kind, words in _KINDS:
        if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE):
            return kind
    return (
        "quantity"
        if re.search(rf"{_NUMBER}.*\binstead\b", _NOT_A_NUMBER.sub(" ", text), re.IGNORECASE)
        else None
    )


def pieces_less(text: str, name: str, pieces: int) -> int | None:
    """Return how many of a line are to be taken off ("remove one of the bottles"), None if it is the whole line."""
    match = _SOME_OF.search(text)
    number = number_in(match[1] if match else text)
    return None if number is None or number >= pieces or str(number) in name.split() else number


def number_in(text: str) -> int | None:
    """Return the first number of pieces in a text; sizes and order numbers are none."""
    match = re.search(_NUMBER, _NOT_A_NUMBER.sub(" ", text), re.IGNORECASE)
    if match is None:
        return None
    word = match.group(0).lower()
    return int(word) if word.isdigit() else _NUMBER_OF[word]
