"""Named features of tokens, for the tagger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rasa_ext.nlu.entities.gazetteers import Gazetteers
from rasa_ext.nlu.patterns import CODE, COUNT, MONEY, NUMBER, PHONE
from rasa_ext.nlu.text import MARK, WORD, Token

_WINDOW = 3
# Values whose type depends on a word anywhere in the message ("refund", "invoice").
FAR_SIGHTED = (CODE, NUMBER, MONEY, PHONE)
_UNITS = frozenset(
    "% gb tb mb mm cm m km kg g ml l litre litres liter inch inches w v watt watts mah am pm degrees "
    "percent minutes mins seconds pixels".split()
)


@dataclass(frozen=True)
class Clues:
    """What is known of the tokens of one message before the tagger looks at it.

    Attributes:
        words: Each token in lower case, or the kind of a value.
        lists: Names of the word lists that each token is part of.
    """

    words: list[str]
    lists: list[frozenset[str]]


def clues(tokens: Sequence[Token], gazetteers: Gazetteers) -> Clues:
    """Collects the clues of one message."""
    words = [
        token.text.lower() if token.kind in (WORD, MARK) else f"<{token.kind}>" for token in tokens
    ]
    return Clues(words, gazetteers.look_up(words))


def token_features(tokens: Sequence[Token], known: Clues) -> list[list[str]]:
    """Names the features of each token of a message.

    Args:
        tokens: The tokens.
        known: Their clues.

    Returns:
        The features of each token.
    """
    words, lists = known.words, known.lists
    bag = sorted({word for word in words if len(word) > 2 and word[0] != "<"})
    count = len(tokens)
    found = []
    for at, token in enumerate(tokens):
        names = ["bias"]
        for step in range(-_WINDOW, _WINDOW + 1):
            other = at + step
            if not 0 <= other < count:
                names.append(f"w{step}=<edge>")
                continue
            names.append(f"w{step}={words[other]}")
            names += [f"g{step}={name}" for name in lists[other]]
        before = words[at - 1] if at else "<edge>"
        after = words[at + 1] if at + 1 < count else "<edge>"
        second = words[at - 2] if at > 1 else "<edge>"
        third = words[at + 2] if at + 2 < count else "<edge>"
        names += [
            f"b-={second} {before}",
            f"b+={after} {third}",
            f"b0={before} {after}",
            f"shape={_shape(token.text)}",
            f"first={at == 0}",
        ]
        if token.kind == WORD:
            word = words[at]
            names += [f"s3={word[-3:]}", f"s2={word[-2:]}", f"p3={word[:3]}"]
        elif token.kind != MARK:
            names += _value_features(token, bag)
            names.append(f"{token.kind} unit={after in _UNITS}")
        found.append(names)
    return found


def _shape(text: str) -> str:
    """Sums up capitals, digits and marks: "Mr." is "Aa.", "ORD-1" is "A-0"."""
    shape = re.sub(r"[a-zß-öø-ÿ]+", "a", text)
    shape = re.sub(r"[A-ZÀ-ÖØ-Þ]+", "A", shape)
    return re.sub(r"\d+", "0", shape)[:6]


def _value_features(token: Token, bag: list[str]) -> list[str]:
    """Features of a value of fixed shape: its make-up, and the words of the whole message."""
    digits = sum(character.isdigit() for character in token.text)
    letters = re.match(r"#?([A-Za-z]+)", token.text)
    names = [
        f"{token.kind} digits={min(digits, 12)}",
        f"{token.kind} alone={not bag}",
        f"{token.kind} hash={token.text.startswith('#')}",
        f"{token.kind} dot={'.' in token.text}",
    ]
    if token.kind == COUNT:
        names.append(f"count={token.text.lower()}")
    if letters:
        names.append(f"{token.kind} prefix={letters.group(1).lower()}")
    if token.kind in FAR_SIGHTED:
        names += [f"{token.kind} with {word}" for word in bag]
    return names
