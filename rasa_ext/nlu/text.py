"""Reads a message: makes characters plain, finds its tokens, masks values for the features.

Values that say nothing about the wish (order numbers, addresses, amounts) become one and the same
placeholder, so that an unseen number cannot change an intent.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rasa_ext.nlu.patterns import (
    CODE,
    EMAIL,
    LOST_SPACE,
    MONEY,
    NUMBER,
    PHONE,
    URL,
    find_candidates,
)

# The wish of a long story stands at its beginning or its end: keep both, drop the middle. Together
# they fit into what the encoders read.
_HEAD, _TAIL = 200, 400
WORD, MARK = "word", "mark"
_PLACEHOLDERS = {
    EMAIL: "name@example.com",
    URL: "www.example.com",
    MONEY: "$100",
    PHONE: "555 123 4567",
}
_TITLES = r"(?:mr|mrs|ms|dr|prof|st|sr|sra|mme|mlle|hr|fr)\."
_WORD = re.compile(
    rf"{_TITLES}|[^\W\d_]+(?:'(?!s\b)[^\W\d_]+|-[^\W\d_]+)*|'s\b|\w+|\S", re.IGNORECASE
)
_ADDRESS = re.compile(r"\S*(?:@|://|www\.)\S*")
# Fewer digits may matter to the wish: 2 lamps, mp3.
_MANY_DIGITS = re.compile(r"(?:\D*\d){3}")


@dataclass(frozen=True)
class Token:
    """A word, a mark of punctuation, or a whole value of a fixed shape.

    Attributes:
        kind: WORD, MARK or a kind of patterns.py.
        text: As written, but in plain characters.
        start: First character in the message as written.
        end: Behind its last character.
        masked: First character and end in the masked message.
    """

    kind: str
    text: str
    start: int
    end: int
    masked: tuple[int, int]


@dataclass(frozen=True)
class ReadMessage:
    """A message made ready for features.

    Attributes:
        masked: The message in lower case with placeholders for values.
        tokens: Its tokens in their order.
    """

    masked: str
    tokens: tuple[Token, ...]


def plain(text: str) -> str:
    """Replaces typographic and control characters one for one, so that positions stay the same."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_plain_character(character) for character in text)


def _plain_character(character: str) -> str:
    if character in "\u2018\u2019\u201b\u00b4\u0060":
        return "'"
    if character in "\u201c\u201d\u201e":
        return '"'
    if character in "\u2010\u2011\u2012\u2013\u2014\u2212":
        return "-"
    if character.isspace() or unicodedata.category(character)[0] == "C":
        return " "
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


def _lower(text: str) -> str:
    """Lower-cases one by one, which keeps the length ("İ".lower() has two characters)."""
    if text.isascii():
        return text.lower()
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _tokens_of(source: str) -> list[tuple[str, int, int]]:
    """Lists kind, start and end of all tokens."""
    found: list[tuple[str, int, int]] = []
    at = 0

    def words(end: int) -> None:
        for match in _WORD.finditer(source, at, end):
            kind = WORD if match.group()[0].isalnum() or len(match.group()) > 1 else MARK
            found.append((kind, match.start(), match.end()))

    for candidate in find_candidates(source):
        words(candidate.start)
        found.append((candidate.kind, candidate.start, candidate.end))
        at = candidate.end
    words(len(source))
    return found


def _opened(source: str) -> tuple[str, list[int]]:
    """Puts back spaces lost between words and numbers: order4471, 88231plz.

    Args:
        source: A message in plain characters.

    Returns:
        The message with these spaces, and of each of its characters the place in the source.
    """
    places = list(range(len(source)))
    addresses = [match.span() for match in _ADDRESS.finditer(source)]
    lost = {match.end() for match in LOST_SPACE.finditer(source)}
    # From the last to the first: what is inserted does not move what is still to come.
    for at in sorted(lost, reverse=True):
        if any(start < at < end for start, end in addresses):
            continue
        source = f"{source[:at]} {source[at:]}"
        places.insert(at, at)
    return source, places


def read(text: str) -> ReadMessage:
    """Reads a message.

    Args:
        text: The message as written, of any length.

    Returns:
        Its tokens and its masked form; the middle of a very long message is left out.
    """
    source, gap = plain(text), 0
    if len(source) > _HEAD + _TAIL:
        gap = len(source) - _HEAD - _TAIL
        source = f"{source[:_HEAD]} {source[-_TAIL + 1 :]}"
    source, places = _opened(source)
    pieces: list[str] = []
    tokens: list[Token] = []
    at = length = 0
    for kind, start, end in _tokens_of(source):
        between, written = source[at:start], source[start:end]
        shown = _PLACEHOLDERS.get(kind, written)
        if kind in (CODE, NUMBER):
            shown = "12345" if _MANY_DIGITS.match(written) else written
        pieces += (between, shown)
        length += len(between)
        first, last = places[start], places[end - 1]
        shift = gap if gap and first >= _HEAD else 0
        masked = (length, length + len(shown))
        tokens.append(Token(kind, written, first + shift, last + 1 + shift, masked))
        length, at = masked[1], end
    pieces.append(source[at:])
    return ReadMessage(_lower("".join(pieces)), tuple(tokens))
