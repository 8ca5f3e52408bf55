"""Alters training messages the way thumbs, hurry and dictation do."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Sequence

# Neighbours on a QWERTY keyboard.
_NEIGHBOURS = {
    "q": "wa", "w": "qes", "e": "wrd", "r": "etf", "t": "ryg", "y": "tuh", "u": "yij", "i": "uok",
    "o": "ipl", "p": "ol", "a": "qsz", "s": "awdx", "d": "sefc", "f": "drgv", "g": "fthb",
    "h": "gyjn", "j": "hukm", "k": "jil", "l": "kop", "z": "asx", "x": "zsc", "c": "xdv",
    "v": "cfb", "b": "vgn", "n": "bhm", "m": "njk",
}  # fmt: skip
_SHORTHAND = {
    "you": "u", "are": "r", "please": "pls", "thanks": "thx", "for": "4", "to": "2", "your": "ur",
    "because": "cuz", "with": "w", "about": "abt", "and": "n", "okay": "k", "message": "msg",
    "number": "nr", "account": "acct", "could": "cud", "what": "wat", "the": "teh", "my": "mi",
    "have": "hav", "want": "wanna", "going": "goin", "know": "kno", "that": "dat", "this": "dis",
}  # fmt: skip
# Words that carry no wish: people who write in keywords leave them out.
_EMPTY = frozenset(
    "a an the i you we me my your our it is are am was be been to of for on in at with do does did "
    "can could would will shall should please that this there have has had so just and or".split()
)
_PUNCTUATION = re.compile(r"[^\w\s#@$€£+./-]|(?<=\w)[.,](?=\s|$)")
_LETTERS = re.compile(r"[a-z]{4,}")


def _swap(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _drop(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def _double(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + word[at] + word[at:]


def _slip(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + rng.choice(_NEIGHBOURS.get(word[at], word[at])) + word[at + 1 :]


def _misspell(text: str, rng: random.Random) -> str:
    """Misspells one word in five, one at least."""
    words = text.split(" ")
    able = [at for at, word in enumerate(words) if _LETTERS.fullmatch(word)]
    rng.shuffle(able)
    for at in able[: max(1, len(words) // 5)]:
        words[at] = rng.choice((_swap, _drop, _drop, _double, _slip))(words[at], rng)
    return " ".join(words)


def _run_on(text: str, rng: random.Random) -> str:
    """Loses the space between two words."""
    words = text.split(" ")
    if len(words) < 2:
        return text
    at = rng.randrange(len(words) - 1)
    return " ".join([*words[:at], words[at] + words[at + 1], *words[at + 2 :]])


def _shorten(text: str, rng: random.Random) -> str:
    """Writes the usual abbreviations."""
    return " ".join(_SHORTHAND.get(word, word) for word in text.split(" "))


def _keywords(text: str, rng: random.Random) -> str:
    """Leaves out the words without meaning, if something remains."""
    kept = [word for word in text.split(" ") if word not in _EMPTY]
    return " ".join(kept) if len(kept) >= 2 else text


_CHANGES: tuple[Callable[[str, random.Random], str], ...] = (
    _misspell, _misspell, _run_on, _shorten, _keywords,
)  # fmt: skip


def alter(text: str, rng: random.Random) -> str:
    """Gives one altered copy of a message.

    Args:
        text: The message in lower case.
        rng: Source of chance.

    Returns:
        The message with one or two changes and, mostly, without punctuation.
    """
    if rng.random() < 0.7:
        text = " ".join(_PUNCTUATION.sub("", text).split()) or text
    for change in rng.sample(_CHANGES, k=rng.choice((1, 1, 2))):
        text = change(text, rng)
    return text


def augment(texts: Sequence[str], copies: int, seed: int) -> list[tuple[int, str]]:
    """Makes altered copies of messages.

    Args:
        texts: The messages in lower case.
        copies: How many copies of each at most; copies equal to their original are left out.
        seed: The same seed gives the same copies of a message, whatever stands beside it.

    Returns:
        For each copy, the index of its original and its text.
    """
    made = []
    for index, text in enumerate(texts):
        rng = random.Random(seed ^ zlib.crc32(text.encode()))  # noqa: S311 - no secret
        seen = {text}
        for _ in range(copies):
            copy = alter(text, rng)
            if copy not in seen:
                seen.add(copy)
                made.append((index, copy))
    return made
