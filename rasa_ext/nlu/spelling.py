"""Repairs misspelt and run-together words against the words of the training messages.

A noisy channel in its simplest form (Kernighan, Church and Gale 1990): a word that is known stays,
an unknown one becomes the most frequent known word at the least edit distance, or two or more
known words if it reads as such.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*")
_LONGEST = 20
_LONGEST_RUN = 40
# Letters before a second mistake is allowed.
_TWO_MISTAKES = 7
# Costs are negative logarithms of chances: of a mistake, of a lost space, of a letter of an
# unknown word; words of up to _SHORT letters are only taken for words cheaper than _FREQUENT.
_MISTAKE, _SPLIT, _PER_LETTER = 6.0, 1.0, 2.7
_SHORT, _FREQUENT = 4, 6.5


@dataclass
class Speller:
    """Repairs messages.

    Attributes:
        counts: How often each word of the trade occurs in the training messages.
        general: Other English words, which are left alone.
    """

    counts: dict[str, int]
    general: frozenset[str]
    _deletes: dict[str, list[str]] = field(init=False, repr=False)
    _costs: dict[str, float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        deletes: dict[str, list[str]] = defaultdict(list)
        for word in self.counts:
            if len(word) >= 3:
                for shorter in {word, *_one_less(word)}:
                    deletes[shorter].append(word)
        self._deletes = dict(deletes)
        total = sum(self.counts.values()) or 1
        self._costs = {word: -math.log(n / total) for word, n in self.counts.items()}
        self._repair = functools.lru_cache(maxsize=20_000)(self._repair_word)

    @classmethod
    def fit(cls, texts: Iterable[str], general: Sequence[str], minimum: int = 3) -> Speller:
        """Learns the words of the trade.

        Args:
            texts: Training messages in lower case.
            general: English words, the most frequent first.
            minimum: How often a word must occur; rarer ones may be misspelt themselves.

        Returns:
            The speller.
        """
        counts = Counter(word for text in texts for word in _WORD.findall(text))
        english = frozenset(general)
        kept = {
            word: n
            for word, n in counts.items()
            if n >= minimum and (word in english or n >= 3 * minimum or "'" in word)
        }
        return cls(kept, english)

    def repair(self, text: str) -> str:
        """Repairs a message in lower case; what is no word stays as it is."""
        return _WORD.sub(lambda match: self._repair(match.group()), text)

    def _repair_word(self, word: str) -> str:
        if word in self.counts or word in self.general or len(word) < 3:
            return word
        near = self._nearest(word) if len(word) <= _LONGEST else (math.inf, word)
        parts = self._segment(word) if len(word) <= _LONGEST_RUN else (math.inf, word)
        cost, repaired = min(near, parts)
        return repaired if cost < math.inf else word

    def _nearest(self, word: str) -> tuple[float, str]:
        """Finds the best word at one mistake, or at two for a long word, and its cost."""
        squeezed = re.sub(r"(.)\1+", r"\1", word)
        keys = {word, squeezed, *_one_less(word)}
        if len(word) >= _TWO_MISTAKES:
            keys |= {shorter for one in _one_less(word) for shorter in _one_less(one)}
        best = (math.inf, word)
        for near in {near for key in keys for near in self._deletes.get(key, ())}:
            mistakes = _distance(word, near)
            cost = self._costs[near]
            # A short word may be a word of its own: only very frequent ones are what was meant.
            if mistakes > (2 if len(near) >= _TWO_MISTAKES else 1) or (
                len(word) <= _SHORT and cost > _FREQUENT
            ):
                continue
            # A wrong first letter is rare.
            cost += mistakes * _MISTAKE + (_MISTAKE / 2 if near[0] != word[0] else 0.0)
            best = min(best, (cost, near))
        return best

    def _segment(self, word: str) -> tuple[float, str]:
        """Splits a run of words at the least total cost; infinite if that is unlikely."""
        best: list[tuple[float, int]] = [(0.0, 0)]
        for end in range(1, len(word) + 1):
            options = [
                (best[start][0] + self._costs[word[start:end]] + _SPLIT, start)
                for start in range(max(0, end - _LONGEST), end)
                if word[start:end] in self._costs and (end - start > 1 or word[start] in "aiu")
            ]
            best.append(min(options, default=(math.inf, 0)))
        # A split must be likelier than an unknown word, or names would fall to pieces.
        if best[-1][0] > _PER_LETTER * len(word):
            return math.inf, word
        parts: list[str] = []
        end = len(word)
        while end:
            parts.append(word[best[end][1] : end])
            end = best[end][1]
        return best[-1][0], " ".join(reversed(parts))


def _one_less(word: str) -> list[str]:
    """Lists the word with one letter left out, in all ways."""
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


def _distance(left: str, right: str) -> int:
    """Counts mistakes: letters left out, added, changed, or swapped with the next."""
    from rapidfuzz.distance import OSA

    return int(OSA.distance(left, right, score_cutoff=3))
