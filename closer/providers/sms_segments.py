"""How a text travels by SMS: its encoding, how many segments it costs, and typography folded to what GSM-7 knows.

One curly quote turns a message of 160 characters from one segment into three, so what has a plain twin is written plainly.
Letters are never changed: a name keeps its accents and costs what it costs.
"""

from __future__ import annotations

from dataclasses import dataclass

# GSM 03.38: the basic alphabet, and the characters that need an escape before them (two septets).
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")

_SINGLE_7, _PART_7 = 160, 153  # septets; a part of several gives 7 to its header
_SINGLE_16, _PART_16 = 70, 67  # UTF-16 units

_PLAIN = {
    "'": "‘’‚‛′‹›`´ʼ",
    '"': "“”„‟″«»",
    "-": "‐‑‒–—―−•‣▪●◦⁃·",
    " ": "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t",
    "": "\u00ad\u200b\u2060\ufeff",
    "...": "…",
    "x": "×",
    "->": "→",
    "<-": "←",
    "/": "⁄",
    "1/2": "½",
    "1/4": "¼",
    "3/4": "¾",
    "(c)": "©",
    "(r)": "®",
    "TM": "™",
    "\n": "\u2028\u2029\v\r",
}
_FOLDING = str.maketrans({odd: plain for plain, odds in _PLAIN.items() for odd in odds})


@dataclass(frozen=True)
class Segments:
    """What a text costs.

    Attributes:
        encoding: `GSM-7` or `UCS-2`.
        units: Septets, or UTF-16 units.
        count: Segments; at least one, also for an empty text.
    """

    encoding: str
    units: int
    count: int


def fold(text: str) -> str:
    """Return the text with typographic characters replaced by their plain twins."""
    return text.replace("\r\n", "\n").translate(_FOLDING)


def is_gsm7(text: str) -> bool:
    """Say whether the GSM alphabet has every character of the text."""
    return all(letter in _BASIC or letter in _EXTENDED for letter in text)


def segments(text: str) -> Segments:
    """Count what a text costs; no character is cut in two by the end of a segment."""
    if is_gsm7(text):
        sizes = [2 if letter in _EXTENDED else 1 for letter in text]
        return _packed("GSM-7", sizes, _SINGLE_7, _PART_7)
    sizes = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
    return _packed("UCS-2", sizes, _SINGLE_16, _PART_16)


def _packed(encoding: str, sizes: list[int], single: int, part: int) -> Segments:
    total = sum(sizes)
    if total <= single:
        return Segments(encoding, total, 1)
    count, free = 1, part
    for size in sizes:
        if size > free:
            count, free = count + 1, part
        free -= size
    return Segments(encoding, total, count)
