"""Repairs misspelt, shortened and run-together words of a message.

A noisy channel (Kernighan, Church and Gale 1990) with word pairs: each doubtful word gets the
words it may stand for, and the cheapest reading of the whole message is taken. Words of the trade
always stay; English words of no other kind only give way to something far more likely.
"""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from rasa_ext.nlu.lexicon import (
    SHORTHAND,
    WORD,
    Lexicon,
    is_misspelling,
    is_slip,
    trade_words,
)

_LONGEST_RUN = 80
_LONGEST_PART = 16
# Fewer letters are no run of words with a mistake in it, more take too long to read.
_SHORTEST_FUZZY, _LONGEST_FUZZY = 8, 40
_FUZZY_PARTS = range(4, 13)
# Of a lost space; of taking an English word for a misspelling of another one; how much a letter of
# a run of words may cost.
_SPLIT, _REAL_WORD, _PER_LETTER = 1.0, 5.0, 3.0
# A word of the training messages this much rarer than its neighbour is a misspelling of it.
_RARE = 5
# Shorter English words are what they are ("aud", "fro").
_SHORTEST_REAL_WORD = 4
# How much the word before says about a word, against the word alone.
_PAIR_SHARE = 0.5

_Option = tuple[float, str]


class Repair(NamedTuple):
    """What is to stand between two places of a message instead of what does."""

    start: int
    end: int
    text: str


def respelt(text: str, repairs: Sequence[Repair]) -> str:
    """Gives a text with its repairs made."""
    pieces: list[str] = []
    at = 0
    for repair in repairs:
        pieces += (text[at : repair.start], repair.text)
        at = repair.end
    return "".join([*pieces, text[at:]])


class Speller:
    """Repairs messages.

    Attributes:
        lexicon: The words.
        pairs: How often one word follows another in the training messages, as "first second".
    """

    def __init__(
        self, counts: Mapping[str, int], general: Sequence[str], pairs: Mapping[str, int]
    ) -> None:
        self.lexicon = Lexicon(counts, general)
        self.pairs = dict(pairs)
        self._options = functools.lru_cache(maxsize=20_000)(self._options_of)

    @classmethod
    def fit(cls, texts: Iterable[str], general: Sequence[str], minimum: int = 3) -> Speller:
        """Learns words and pairs of words.

        Args:
            texts: Training messages in lower case.
            general: English words, the most frequent first.
            minimum: How often a word must occur; rarer ones may be misspelt themselves.

        Returns:
            The speller.
        """
        texts = list(texts)
        counts = trade_words(texts, general, minimum)
        pairs = Counter(
            f"{first} {second}"
            for text in texts
            for first, second in pairwise(WORD.findall(text))
            if first in counts and second in counts
        )
        repeated = {pair: n for pair, n in pairs.items() if n >= 2}
        speller = cls(counts, general, repeated)
        words = Counter(word for text in texts for word in WORD.findall(text))
        rare = [word for word, n in words.items() if speller._is_rare_word(word, n)]
        return cls(counts, [*general, *sorted(rare)], repeated)

    def _is_rare_word(self, word: str, count: int) -> bool:
        """Says whether an unknown word of the training messages ("toaster") is none misspelt."""
        lexicon = self.lexicon
        if word in lexicon or word in SHORTHAND:
            return False
        run_on = count == 1 and self._split(word, fuzzy=False)[0] < _PER_LETTER * len(word)
        return not run_on and not is_misspelling(word, _RARE * count, lexicon.counts)

    def repair(self, text: str) -> str:
        """Repairs a message in lower case; what is no word stays as it is."""
        return respelt(text, self.repairs(text))

    def repairs(self, text: str) -> list[Repair]:
        """Lists the words of a message in lower case that are put right, in their order."""
        words = [(match.start(), match.end(), match.group()) for match in WORD.finditer(text)]
        if all(word in self.lexicon.counts for _, _, word in words):
            return []
        chosen = self._cheapest([self._options(word) for _, _, word in words])
        return [
            Repair(start, end, meant)
            for (start, end, word), meant in zip(words, chosen, strict=True)
            if meant != word
        ]

    def knows(self, text: str) -> bool:
        """Says whether a message holds a word, or what is surely one misspelt; letters too few to tell count as such.

        Args:
            text: In lower case, not repaired.
        """
        words = [word for word in WORD.findall(text) if len(word) > 2]
        if not words or any(word in self.lexicon or word in SHORTHAND for word in words):
            return True
        chosen = self._cheapest([self._options(word) for word in words])
        return any(
            is_slip(word, meant) for word, meant in zip(words, chosen, strict=True) if word != meant
        )

    def _cheapest(self, slots: list[tuple[_Option, ...]]) -> list[str]:
        """Takes one option of each slot so that words and pairs cost least (Viterbi)."""
        costs, back = [0.0], []
        before: tuple[_Option, ...] = ((0.0, ""),)
        for slot in slots:
            steps = [
                min(
                    (costs[at] + cost + self._pair_bonus(previous, word), at)
                    for at, (_, previous) in enumerate(before)
                )
                for cost, word in slot
            ]
            costs = [cost for cost, _ in steps]
            back.append([at for _, at in steps])
            before = slot
        at = costs.index(min(costs))
        chosen = []
        for slot, came_from in zip(reversed(slots), reversed(back), strict=True):
            chosen.append(slot[at][1])
            at = came_from[at]
        return chosen[::-1]

    def _pair_bonus(self, previous: str, word: str) -> float:
        """Gives how much cheaper (negative) or dearer a word is behind another one."""
        first, second = previous.rsplit(" ", 1)[-1], word.split(" ", 1)[0]
        seen = self.lexicon.counts.get(first)
        if not seen:
            return 0.0
        alone = math.exp(-self.lexicon.cost(second))
        together = self.pairs.get(f"{first} {second}", 0) / seen
        return -math.log((1 - _PAIR_SHARE) + _PAIR_SHARE * together / alone)

    def _options_of(self, word: str) -> tuple[_Option, ...]:
        """Lists what a word may stand for, itself first, with costs."""
        lexicon = self.lexicon
        own = lexicon.cost(word)
        if word in lexicon.counts:
            return ((own, word),)
        if word in SHORTHAND:
            return ((own, SHORTHAND[word]),)
        if word not in lexicon:
            return ((own, word), *lexicon.near(word), *self._segmented(word))
        if len(word) < _SHORTEST_REAL_WORD:
            return ((own, word),)
        likelier = [
            (cost + _REAL_WORD, near) for cost, near in lexicon.near(word) if near[0] == word[0]
        ]
        return ((own, word), *likelier)

    def _segmented(self, word: str) -> list[_Option]:
        """Splits a run of words at the least cost, first as it is written, then with mistakes."""
        if not 4 <= len(word) <= _LONGEST_RUN:
            return []
        for fuzzy in (False, True):
            if fuzzy and not _SHORTEST_FUZZY <= len(word) <= _LONGEST_FUZZY:
                break
            cost, parts = self._split(word, fuzzy)
            # A split must be likelier than an unknown word, or names would fall to pieces.
            if cost <= _PER_LETTER * len(word):
                return [(cost, " ".join(parts))]
        return []

    def _split(self, word: str, fuzzy: bool) -> tuple[float, list[str]]:
        """Gives the cheapest split and its cost; infinite if there is none."""
        best: list[tuple[float, int, str]] = [(0.0, 0, "")]
        for end in range(1, len(word) + 1):
            options = [(math.inf, 0, "")]
            for start in range(max(0, end - _LONGEST_PART), end):
                before = best[start]
                if before[0] < math.inf:
                    for cost, part in self._parts(word[start:end], fuzzy):
                        bonus = self._pair_bonus(before[2], part) if before[2] else 0.0
                        options.append((before[0] + cost + bonus + _SPLIT, start, part))
            best.append(min(options))
        parts: list[str] = []
        end = len(word)
        while end and best[end][0] < math.inf:
            parts.append(best[end][2])
            end = best[end][1]
        return best[-1][0], parts[::-1]

    def _parts(self, letters: str, fuzzy: bool) -> list[_Option]:
        """Lists the words that some letters of a run may be."""
        if self.lexicon.can_be_part(letters):
            return [(self.lexicon.cost(letters), letters)]
        if not fuzzy or len(letters) not in _FUZZY_PARTS:
            return []
        near = self.lexicon.near_part(letters)
        return [near or (self.lexicon.cost(letters), letters)]
