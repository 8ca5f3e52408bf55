"""Words for goods as people spell them: by ear, or with a letter too few, too many, or in another place."""

from __future__ import annotations

from collections.abc import Collection
from difflib import SequenceMatcher

from rapidfuzz.distance import OSA

from closer.catalog.words import NOISE, SYNONYMS, sound_of, stem, words_of

#: Shorter words sound like too many others, and differ by a letter from them.
_LONG_ENOUGH, _LONG_ENOUGH_TO_SLIP = 4, 5
_ALIKE = 0.6
#: Words of their own that sound like goods.
_OTHER_WORDS = NOISE | {"cause", "money", "back", "late", "wrong", "would", "where", "there"}


def spelled_as(text: str, names: Collection[str]) -> str:
    """Return a text with its words that hardly can be any others written as words of some goods' names.

    Args:
        text: What was said.
        names: The words of the names.
    """
    known = {stem(word) for word in names}
    called = set(names) | {word for word, others in SYNONYMS.items() if known & {word, *others}}
    likely = sorted(word for word in called if len(word) >= _LONG_ENOUGH)
    sounds = {sound_of(word): word for word in likely}
    said = words_of(text)
    written = [_meant(word, likely, sounds) for word in said]
    return " ".join(written) if written != said else text


def _meant(word: str, likely: Collection[str], sounds: dict[str, str]) -> str:
    if len(word) < _LONG_ENOUGH or word in _OTHER_WORDS or word in likely:
        return word
    heard = sounds.get(sound_of(word))
    if heard is not None:
        return heard if SequenceMatcher(None, word, heard).ratio() >= _ALIKE else word
    return next((other for other in likely if _slipped(stem(word), stem(other))), word)


def _slipped(word: str, meant: str) -> bool:
    """Whether a word is another one with a letter left out, added or in the wrong place; a different letter makes another word."""
    if min(len(word), len(meant)) < _LONG_ENOUGH_TO_SLIP or word[0] != meant[0]:
        return False
    if word.startswith(meant) or meant.startswith(word):
        return False  # a charge is no charger
    moved = len(word) != len(meant) or sorted(word) == sorted(meant)
    return moved and OSA.distance(word, meant, score_cutoff=1) == 1
