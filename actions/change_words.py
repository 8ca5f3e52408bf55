"""The words in which customers say what to change in an order: the kind of change, and how many."""

from __future__ import annotations

import re

from closer.catalog.words import stem, words_of

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
    r"|\b(?:another|an extra|(?:one|a) (?:more|further|new|second)) pair\b"
    r"|\ban? \d+\b|(?<!make )\b(?:the|that|this) [a-z]+ one\b",  # "I need a 9 instead", "the mat one"
    re.IGNORECASE,
)
#: "Two instead", "make the bottle two"; a greater number is rather a size.
_SETS_NUMBER = re.compile(
    rf"{_NUMBER}.*\binstead\b|\bmake\b.{{0,40}}(?<![\w#$.-])(?:1?\d|20|{'|'.join(_NUMBER_OF)})(?![\w-]|\.\d)"
    rf"|\b(?:want|need|take|make (?:it|that))\s+{_NUMBER}\s+(?:pairs?|pieces?|pcs|of (?:them|those|these|it|that))\b"
    rf"|\b(?:want(?:ed)?|need(?:ed)?|meant|ordered)\s+(?:to (?:get|order|buy|have)\s+)?{_NUMBER}\W+(?:and |but )?not\s+(?:just |only )?{_NUMBER}",
    re.IGNORECASE,
)
_SOME_OF = re.compile(rf"\b(\d+|{'|'.join(_NUMBER_OF)}) of\b", re.IGNORECASE)
#: How many besides those spoken of, and nothing else: "add another one", "two more of them please".
_MORE = re.compile(
    rf"\b(?:another(?: (?P<another>(?!pair\b)(?:\d{{1,2}}|{'|'.join(_NUMBER_OF)})))?|an? (?:extra|additional|further|second)"
    rf"|(?P<more>\d{{1,2}}|{'|'.join(_NUMBER_OF)}) (?:more|extra|additional))\b"
    r"(?: (?:ones?|pairs?|pieces?|sets?|pcs))?(?: of (?:them|these|those|it|that|the same))?"
    r"(?: (?:please|pls|plz|too|as well|also|then|thanks|thank you|in|to (?:it|that|this|(?:my|the) order)))*\W*$",
    re.IGNORECASE,
)
#: "No, another one" is rather a different one.
_RATHER = re.compile(r"^\W*(?:no|nope|nah|rather)\b(?!.*\b(?:add|more|extra)\b)", re.IGNORECASE)
#: A number of pieces put in the place of another: "make it 3", "only two please".
_INSTEAD = re.compile(
    r"\b(?:make (?:it|that)|change (?:it|that) to|i(?:'ll| will)? (?:take|want)|just|only|actually|no|rather|sorry|wait),?\s+"
    r"(?P<number>\d{1,2}|[a-z]{3,6})"
    r"(?:\s+(?:of (?:them|these|those)|pieces|please|pls|then|instead|now))*(?:\W*$|,?\s+and\b)",
    re.IGNORECASE,
)
#: The kind of change that takes everything out, which is a cancellation.
EMPTY = "empty"
_KINDS: tuple[tuple[str, str], ...] = (
    (EMPTY, r"(?:remov\w*|delet\w*|drop|clear|cancel|take (?:off|out)|get rid of)\s+(?:it all|everything|all of (?:it|them)|all (?:the )?(?:items|things|products)|the (?:lot|whole (?:thing|lot|order)))|call off (?:it|my|the|that|this|order)\b|call (?:it|(?:my|the|that|this) (?:\w+ )?(?:order|thing)) off|(?:take|throw) (?:it all|everything|all of (?:it|them)) (?:out|off|away)"),
    ("remove", r"remov\w*|take\b.{0,40}\b(?:out|off)|drop|delet\w*|leave out|without|(?:don'?t|do not|dont|no longer) (?:want|need)|get rid|take away|minus"),
    ("swap", r"sizes?|colou?rs?|swap\w*|exchang\w*|different|bigger|smaller|larger|variant|version|replac\w*|switch\w*|model"),
    ("add", r"add\w*|includ\w*|put (?:\w+ )?(?:back )?in|put (?:\w+ )?back|throw in|another|one more|extra|also (?:want|need|get|order)|more items?|plus"),
    ("quantity", r"quantit\w*|qty|how many|amount|make it|only (?:one|two|three|\d+)|just (?:one|two|three|\d+)|twice|double|increas\w*|reduc\w*|more of|fewer|pieces"),
)  # fmt: skip


def kind_in(text: str) -> str | None:
    """Return the kind of change that a text names: empty, remove, swap, add or quantity."""
    for kind, words in _KINDS:
        if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE):
            return kind
    return "quantity" if _SETS_NUMBER.search(_NOT_A_NUMBER.sub(" ", text)) else None


def pieces_less(text: str, name: str, pieces: int) -> int | None:
    """Return how many of a line are to be taken off ("remove one of the bottles"), None if it is the whole line."""
    match = _SOME_OF.search(text)
    number = number_in(match[1] if match else text)
    return None if number is None or number >= pieces or str(number) in name.split() else number


def pieces_more(text: str, name: str = "") -> int | None:
    """Return how many are wanted besides those spoken of, None if a text says anything else; the thing may be named."""
    named = {stem(word) for word in words_of(name)}
    rest = " ".join(w for w in text.split() if not {stem(word) for word in words_of(w)} & named)
    found = None if _RATHER.search(rest) else _MORE.search(rest)
    return found and (number_in(found["another"] or found["more"] or "") or 1)


def pieces_instead(text: str) -> str | None:
    """Return the number, as it is said, that a text puts in the place of another number of pieces."""
    found = _INSTEAD.search(text)
    return found and found["number"]


def number_in(text: str) -> int | None:
    """Return the first number of pieces in a text; sizes and order numbers are none."""
    match = re.search(_NUMBER, _NOT_A_NUMBER.sub(" ", text), re.IGNORECASE)
    if match is None:
        return None
    word = match.group(0).lower()
    return int(word) if word.isdigit() else _NUMBER_OF[word]
