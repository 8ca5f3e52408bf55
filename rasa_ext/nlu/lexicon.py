"""Which words there are, how likely each is, and which of them a misspelt word may stand for.

Likelihoods mix the words of the training messages with general English by rank (Zipf). Costs are
negative logarithms, so that chances of words and of mistakes add up.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

# Letters behind a digit are no word: "2nd", "8pm".
WORD = re.compile(r"(?<![0-9a-z])[a-z]+(?:'[a-z]+)*")
_TRADE_SHARE = 0.9
# General words behind this rank are known, but nothing is corrected into them.
_COMMON = 6000
_LONGEST = 20
# Letters before a second and a third mistake are allowed.
_TWO_MISTAKES, _THREE_MISTAKES = 7, 11
# Cost of a word so usual that two mistakes are likely to mean it.
_USUAL = 6.5
# Fewer letters in a word, or in its sound, say too little.
_LOOK_FURTHER, _CLEAR_SOUND = 5, 3
# Of a mistake, a wrong first letter, a letter typed too often, vowels left out, another spelling
# of the same sound.
_MISTAKE, _FIRST, _HELD_KEY, _NO_VOWELS, _SOUND = 6.0, 3.0, 3.0, 5.0, 4.5
# Of an unknown word that stays as it is, at least and for each letter.
_UNKNOWN, _PER_LETTER = 14.0, 1.5
# Of a form of a known word: "unregister", "reschedule", "courier's".
_FORM = 3.0
_FORMS = re.compile("^(un|re)|'s$")
_KEPT = 5
# So much rarer than a word one mistake away, a word that is not English, or is seldom used
# English, is a misspelling in the training messages.
_RARE, _RARER = 5, 60
# One that occurs so often in the training messages is none.
_MEANT = 25
# Nor are these words of shops.
_OF_SHOPS = frozenset("cod csv eta iban pin pos rma sku vat".split())
SHORTHAND = {
    "u": "you", "r": "are", "ur": "your", "pls": "please", "plz": "please", "plse": "please",
    "thx": "thanks", "n": "and", "cuz": "because", "bc": "because", "coz": "because",
    "acc": "account", "acct": "account", "accnt": "account", "addr": "address", "msg": "message",
    "nr": "number", "num": "number", "cust": "customer", "svc": "service", "pw": "password",
    "pwd": "password", "pymt": "payment", "abt": "about", "wat": "what", "wut": "what",
    "cud": "could", "wud": "would", "shud": "should", "hav": "have", "kno": "know",
    "teh": "the", "dis": "this", "dat": "that", "wen": "when", "wanna": "want to",
    "gotta": "have to", "gonna": "going to", "gimme": "give me", "lemme": "let me",
    "info": "information", "pic": "picture", "tmrw": "tomorrow", "chk": "check", "chg": "change",
    "rcv": "receive", "pkg": "package", "im": "i'm", "ive": "i've", "dont": "don't",
    "cant": "can't", "doesnt": "doesn't", "wont": "won't", "whats": "what's",
    "didnt": "didn't", "isnt": "isn't", "wheres": "where is", "hows": "how is",
    "whens": "when is", "whos": "who is", "hw": "how", "cn": "can", "hv": "have", "nd": "need",
    "inv": "invoice", "plss": "please", "ty": "thank you", "ordr": "order",
}  # fmt: skip


class Lexicon:
    """Words with their costs.

    Attributes:
        counts: How often each word of the trade occurs in the training messages.
        general: English words, the most frequent first.
    """

    def __init__(self, counts: Mapping[str, int], general: Sequence[str]) -> None:
        self.counts, self.general = dict(counts), list(general)
        self._rank = {word: rank for rank, word in enumerate(self.general)}
        self._total = sum(self.counts.values()) or 1
        self._harmonic = sum(1 / (rank + 10) for rank in range(len(self.general))) or 1.0
        self._deletes: dict[str, list[str]] = defaultdict(list)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for word in {*self.counts, *self.general[:_COMMON]}:
            if len(word) < 3:
                continue
            for shorter in {word, squeeze(word), *_one_less(word)}:
                self._deletes[shorter].append(word)
            if word in self.counts:
                if len(word) >= _TWO_MISTAKES:
                    for shorter in {two for one in _one_less(word) for two in _one_less(one)}:
                        self._deletes[shorter].append(word)
                self._by_sound[sound(word)].append(word)
        self.near = functools.lru_cache(maxsize=20_000)(self._near)
        self.near_part = functools.lru_cache(maxsize=50_000)(self._near_part)

    def __contains__(self, word: str) -> bool:
        return word in self.counts or word in self._rank

    def cost(self, word: str) -> float:
        """Gives the cost of a word; that of an unknown one grows with its length."""
        trade = self.counts.get(word, 0) / self._total
        rank = self._rank.get(word)
        general = 0.0 if rank is None else 1 / ((rank + 10) * self._harmonic)
        chance = _TRADE_SHARE * trade + (1 - _TRADE_SHARE) * general
        if chance:
            return -math.log(chance)
        base = _FORMS.sub("", word)
        if base in self and base != word:
            return self.cost(base) + _FORM
        return _UNKNOWN + _PER_LETTER * len(word)

    def can_be_part(self, word: str) -> bool:
        """Says whether a run of letters may contain this word: the rarer, the longer it must be."""
        if len(word) == 1:
            return word in "aiu"
        rank = self._rank.get(word, math.inf)
        return (
            word in self.counts
            or (len(word) >= 4 and rank < _COMMON)
            or (len(word) >= 6 and rank < math.inf)
        )

    def _near(self, word: str) -> list[tuple[float, str]]:
        """Lists the words that this one may be a misspelling of, the cheapest first.

        Args:
            word: In lower case.

        Returns:
            At most five pairs of cost (of the word meant and of the mistakes) and word.
        """
        if not 3 <= len(word) <= _LONGEST:
            return []
        keys = {word, squeeze(word), *_one_less(word)}
        if len(word) >= _LOOK_FURTHER:
            keys |= {shorter for one in _one_less(word) for shorter in _one_less(one)}
        found = {near for key in keys for near in self._deletes.get(key, ())}
        found.update(self._by_sound.get(sound(word), ()))
        found.discard(word)
        costs = ((self._mistakes(word, near), near) for near in found)
        return sorted((cost + self.cost(near), near) for cost, near in costs if cost < math.inf)[
            :_KEPT
        ]

    def _near_part(self, letters: str) -> tuple[float, str] | None:
        """Gives the cheapest word of the trade at one mistake, for parts of a run of words."""
        keys = {letters, squeeze(letters), *_one_less(letters)}
        found = {near for key in keys for near in self._deletes.get(key, ()) if near in self.counts}
        costs = (
            (_MISTAKE + self.cost(near), near) for near in found if _distance(letters, near) == 1
        )
        return min(costs, default=None)

    def _mistakes(self, word: str, near: str) -> float:
        """Gives the cost of writing a word like this; infinite if nobody does."""
        if squeeze(word) == squeeze(near):
            return _HELD_KEY
        distance = _distance(word, near)
        shorter = min(len(word), len(near))
        usual = shorter >= _LOOK_FURTHER and self.cost(near) < _USUAL
        allowed = 1 + (usual or len(near) >= _TWO_MISTAKES) + (shorter >= _THREE_MISTAKES)
        cost = distance * _MISTAKE if distance <= allowed else math.inf
        if word[0] != near[0]:
            cost += _FIRST
        if sound(word) == sound(near):
            bare = not re.search("[aeiou]", word)
            if bare or (len(sound(word)) >= _CLEAR_SOUND and _subsequence(word, near)):
                return min(cost, _NO_VOWELS + distance / 2)
            if len(sound(word)) >= _CLEAR_SOUND:
                return min(cost, _SOUND + distance)
        return cost


def trade_words(texts: Sequence[str], general: Sequence[str], minimum: int) -> dict[str, int]:
    """Counts the words of training messages, without their misspellings.

    Args:
        texts: Messages in lower case.
        general: English words.
        minimum: How often a word must occur; one that is not English, more often.

    Returns:
        Count by word.
    """
    counts = Counter(word for text in texts for word in WORD.findall(text))
    english = frozenset(general)
    kept = {
        word: count
        for word, count in counts.items()
        if word not in SHORTHAND
        and count >= minimum
        and (word in english or count > minimum or "'" in word)
    }
    common = frozenset(general[:_COMMON])
    return {
        word: count
        for word, count in kept.items()
        if word in common
        or "'" in word
        or word in _OF_SHOPS
        or count >= _MEANT
        or not is_misspelling(word, (_RARER if word in english else _RARE) * count, kept)
    }


def is_misspelling(word: str, least: int, counts: Mapping[str, int]) -> bool:
    """Says whether a word is one mistake from another one that occurs at least so often."""
    return any(
        times >= least
        and abs(len(other) - len(word)) <= 1
        and not word.startswith(other)
        and _distance(word, other) == 1
        for other, times in counts.items()
    )


def is_slip(word: str, meant: str) -> bool:
    """Says whether an unknown word is so near to what it was taken for that it is no mere row of letters: "qwert" is no "cart"."""
    if " " in meant or squeeze(word) == squeeze(meant):
        return True
    if word[0] == meant[0] and _subsequence(word, meant):
        return True
    near = _distance(word, meant) <= max(1, len(word) // 3)
    sounds = sound(word) == sound(meant) and len(sound(word)) > _CLEAR_SOUND
    return len(word) > _CLEAR_SOUND and (near or sounds)


def squeeze(word: str) -> str:
    """Writes each run of one letter once."""
    return re.sub(r"(.)\1+", r"\1", word)


@functools.lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """Gives the first letter and the consonants as they sound, which misspelling rarely changes."""
    for written, heard in (("ph", "f"), ("ck", "k"), ("tion", "tn"), ("shun", "tn"), ("qu", "kw")):
        word = word.replace(written, heard)
    word = word.translate(str.maketrans("cqz", "kks"))
    return word[:1] + squeeze(re.sub("[aeiouyhw']", "", word[1:]))


def _subsequence(short: str, long: str) -> bool:
    """Says whether the letters of one word stand in the other in the same order."""
    letters = iter(long)
    return all(letter in letters for letter in short)


def _one_less(word: str) -> list[str]:
    """Lists the word with one letter left out, in all ways."""
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


def _distance(left: str, right: str) -> int:
    """Counts mistakes: letters left out, added, changed, or swapped with the next."""
    from rapidfuzz.distance import OSA

    return int(OSA.distance(left, right, score_cutoff=4))
