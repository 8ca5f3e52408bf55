"""Noise for benchmarks/nlu.py, made otherwise than the altered copies of the training."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_NEAR = {
    "q": "wa", "w": "qe", "e": "wr", "r": "et", "t": "ry", "y": "tu", "u": "yi", "i": "uo",
    "o": "ip", "p": "o", "a": "s", "s": "ad", "d": "sf", "f": "dg", "g": "fh", "h": "gj",
    "j": "hk", "k": "jl", "l": "k", "z": "x", "x": "zc", "c": "xv", "v": "cb", "b": "vn",
    "n": "bm", "m": "n",
}  # fmt: skip
_SOUNDS = (
    ("ph", "f"), ("tion", "shun"), ("c(?=[aou])", "k"), ("ee", "ea"), ("ea", "ee"), ("ie", "ei"),
    ("ei", "ie"), ("ss", "s"), ("ll", "l"), ("ck", "k"), ("ght", "t"), ("ou", "u"), ("qu", "kw"),
    ("ce", "se"), (r"er\b", "ar"), (r"y\b", "ie"), ("ew", "oo"), ("ay", "ai"),
)  # fmt: skip
_SHORT = {
    "you": "u", "are": "r", "please": "plz", "to": "2", "for": "4", "your": "ur",
    "account": "acc", "address": "addr", "delivery": "dlvry", "order": "ordr", "number": "num",
    "customer": "cust", "service": "svc", "password": "pwd", "payment": "pymt", "with": "w/",
    "because": "bc", "information": "info", "newsletter": "nwsltr", "about": "abt",
    "would": "wud", "could": "cud", "want": "wnt", "help": "hlp", "message": "msg",
    "shipping": "shppng", "receive": "rcv", "cancel": "cncl", "change": "chg", "check": "chk",
}  # fmt: skip

_Change = Callable[[str, random.Random], str]


def _typo(word: str, rng: random.Random) -> str:
    """Makes one slip behind the first letter."""
    at = rng.randrange(len(word) - 1)
    kind = rng.randrange(5)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    other = ("", word[at + 1] * 2, rng.choice(_NEAR.get(word[at + 1], "e")))
    if kind <= 3:
        return word[: at + 1] + other[kind - 1] + word[at + 2 :]
    return word[: at + 1] + rng.choice("etaoins") + word[at + 1 :]


def _held_key(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + word[at] * rng.choice((2, 3)) + word[at + 1 :]


def _no_vowels(word: str, rng: random.Random) -> str:
    return word[0] + re.sub("[aeiou]", "", word[1:-1]) + word[-1] if len(word) > 4 else word


def _by_ear(word: str, rng: random.Random) -> str:
    able = [pair for pair in _SOUNDS if re.search(pair[0], word)]
    return re.sub(*rng.choice(able), word, count=1) if able else _typo(word, rng)


def _in_words(change: _Change, share: float) -> _Change:
    """Makes a change of a word one of a share of the words of a message, one at least."""

    def changed(text: str, rng: random.Random) -> str:
        words = text.split(" ")
        able = [at for at, word in enumerate(words) if re.fullmatch("[a-z']{4,}", word)]
        rng.shuffle(able)
        for at in able[: max(1, round(len(able) * share))]:
            words[at] = change(words[at], rng)
        return " ".join(words)

    return changed


def _run_on(text: str, rng: random.Random) -> str:
    """Loses the spaces in runs of two, three or all words."""
    words = text.split(" ")
    length, at, runs = rng.choice((2, 3, len(words))), 0, []
    while at < len(words):
        count = rng.choice((1, length))
        runs.append("".join(words[at : at + count]))
        at += count
    return " ".join(runs)


def _shorthand(text: str, rng: random.Random) -> str:
    return " ".join(_SHORT.get(word, word) if rng.random() < 0.8 else word for word in text.split())


NOISE: dict[str, _Change] = {
    "typos": _in_words(_typo, 0.4),
    "held keys": _in_words(_held_key, 0.4),
    "no vowels": _in_words(_no_vowels, 0.25),
    "by ear": _in_words(_by_ear, 0.4),
    "run on": _run_on,
    "shorthand": _shorthand,
}


def noisy(text: str, kind: str) -> str:
    """Gives a message with noise of a kind, in lower case and without punctuation.

    Args:
        text: The message.
        kind: A key of NOISE.

    Returns:
        The altered message; the same for the same message.
    """
    bare = re.sub(r"[?!,.;:](?=\s|$)", "", text.lower())
    return NOISE[kind](bare, random.Random(f"{kind} {text}"))
