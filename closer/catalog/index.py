"""The search index: in memory, weighted by field and rarity, tolerant of typos, run-together and split words."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from closer.catalog.categories import category_of
from closer.catalog.records import Product
from closer.catalog.words import SYNONYMS, query_words, stem, words_of

_HEAD, _NAME, _BRAND, _MODIFIER, _ATTRIBUTE, _CATEGORY, _TEXT = 5.0, 4.0, 3.5, 2.8, 2.5, 2.0, 0.9
_TELLING = 2.5  # a word that hits only the department or the description names no product
_SYNONYM, _PREFIX, _TYPO = 0.92, 0.85, 0.88


@dataclass(frozen=True)
class Hit:
    """A product that fits a query.

    Attributes:
        score: For ranking.
        coverage: The share of the query, by rarity of its words, that the product answers.
        telling: Whether a word hit the product's name, kind, brand or an attribute.
    """

    product_id: str
    score: float
    coverage: float
    telling: bool


class ProductIndex:
    """An index over products; built once, read by many."""

    def __init__(self, products: Iterable[Product]) -> None:
        self._postings: dict[str, dict[str, float]] = defaultdict(dict)
        self._popularity: dict[str, float] = {}
        self._length: dict[str, int] = {}
        self._naming: set[str] = set()
        for product in products:
            named = f"{product.kind} {product.brand} {product.name.partition(',')[0]}"
            self._naming |= {stem(word) for word in words_of(named) if not word.isdigit()}
            self._popularity[product.id] = product.popularity
            self._length[product.id] = len(words_of(product.name))
            for text, weight in _fields(product):
                self._add(product.id, text, weight)
        self._vocabulary = sorted(self._postings)
        self._by_length = _group_by_length(self._vocabulary)

    def __len__(self) -> int:
        return len(self._popularity)

    def search(self, text: str, *, share: float = 0.6) -> list[Hit]:
        """Return the products that fit what somebody wrote, the best first.

        Args:
            text: What they wrote.
            share: How much of the query a product must answer, as a share of what the best one does.
        """
        words = self._join_and_split(query_words(text))
        if not words:
            return []
        scores: dict[str, float] = defaultdict(float)
        covered: dict[str, float] = defaultdict(float)
        telling: set[str] = set()
        total = 0.0
        for word, meanings in self._readings(list(dict.fromkeys(words))):
            surest = max(meanings, key=lambda known: meanings[known], default=word)
            rarity = self._rarity(surest)
            total += rarity
            best: dict[str, tuple[float, float]] = {}
            for known, likeness in meanings.items():
                for product_id, weight in self._postings[known].items():
                    if likeness * weight > best.get(product_id, (0.0, 0.0))[0]:
                        best[product_id] = (likeness * weight, likeness)
            for product_id, (weight, likeness) in best.items():
                scores[product_id] += weight * rarity
                covered[product_id] += rarity * likeness * min(1.0, 0.4 + weight / 5)
                if weight / likeness >= _TELLING:
                    telling.add(product_id)
        hits = [
            Hit(
                pid,
                self._rank(pid, score, covered[pid] / total),
                covered[pid] / total,
                pid in telling,
            )
            for pid, score in scores.items()
        ]
        return _sensible(hits, share)

    def tells(self, word: str) -> bool:
        """Say whether a word's stem, or another word for it, is part of a product's name, kind, brand or attributes."""
        known = (word, *SYNONYMS.get(word, ()))
        return any(
            weight >= _TELLING for one in known for weight in self._postings.get(one, {}).values()
        )

    def names(self, word: str) -> bool:
        """Say whether a word's stem, or another word for it, is part of what goods are called, their variants aside."""
        return not self._naming.isdisjoint({word, *SYNONYMS.get(word, ())})

    def _add(self, product_id: str, text: str, weight: float) -> None:
        for word in words_of(text):
            self._postings[stem(word)].setdefault(
                product_id, weight
            )  # the first field that has it decides

    def _rank(self, product_id: str, score: float, coverage: float) -> float:
        brevity = 1.0 / (1.0 + 0.02 * self._length[product_id])
        return score * coverage * brevity * (1.0 + 0.15 * self._popularity[product_id])

    def _rarity(self, word: str) -> float:
        return math.log(1.0 + (len(self._popularity) + 1) / (1 + len(self._postings.get(word, ()))))

    def _readings(self, words: list[str]) -> list[tuple[str, dict[str, float]]]:
        """Return what each word may mean; one that fits nothing the others mean may be misspelt (`yoga matt`)."""
        meant = {word: self._meanings(word) for word in words}
        goods = {
            word: {pid for known in meant[word] for pid in self._postings[known]} for word in words
        }
        for word in words:
            others = set().union(*(goods[other] for other in words if other != word))
            if others and goods[word] and not goods[word] & others:
                meant[word] = {**self._misspelt(word), **meant[word]}
        return list(meant.items())

    def _meanings(self, word: str) -> dict[str, float]:
        """Return the index's words that a query's word may mean, each with how alike they are."""
        found: dict[str, float] = {}
        if word in self._postings:
            found[word] = 1.0
        for other in SYNONYMS.get(word, ()):
            if other in self._postings:
                found[other] = max(found.get(other, 0.0), _SYNONYM)
        if found:
            return found
        if len(word) >= 4:
            found = {known: _PREFIX for known in self._vocabulary if known.startswith(word)}
        return found or self._misspelt(word)

    def _misspelt(self, word: str) -> dict[str, float]:
        if len(word) < 3 or any(letter.isdigit() for letter in word):
            return {}
        known = self._near(word, 1 if len(word) <= 5 else 2)
        spoken = process.extract(word, list(SYNONYMS), scorer=OSA.distance, score_cutoff=1, limit=2)
        found = {match: _TYPO * (1 - wrong / (2.5 * len(word))) for match, wrong in known.items()}
        for match, _, _ in spoken:
            for other in SYNONYMS[match]:
                if other in self._postings:
                    found.setdefault(other, _TYPO * _SYNONYM)
        return found

    def _near(self, word: str, allowed: int) -> dict[str, int]:
        """Return the index's words that differ by few letters, each with how many."""
        shortest = (
            len(word) - allowed if len(word) > 3 else 4
        )  # of three letters one may only be missing
        sizes = range(shortest, len(word) + allowed + 1)
        near = (known for size in sizes for known in self._by_length.get(size, ()))
        # Short words are alike by chance; people rarely miss the first letter.
        likely = [known for known in near if len(word) > 5 or known[0] == word[0]]
        found = process.extract(word, likely, scorer=OSA.distance, score_cutoff=allowed, limit=8)
        return {known: int(wrong) for known, wrong, _ in found}

    def _join_and_split(self, words: list[str]) -> list[str]:
        """Join what was written apart (`smart phone`) and part what was run together (`runningshoes`)."""
        joined: list[str] = []
        for word in words:
            if (
                joined
                and self._is_known(joined[-1] + word)
                and not (self._is_known(joined[-1]) and self._is_known(word))
            ):
                joined[-1] += word
            else:
                joined.append(word)
        return [part for word in joined for part in self._parts(word)]

    def _parts(self, word: str) -> list[str]:
        if self._is_known(word) or len(word) < 6 or self._near(word, 1):
            return [word]
        for cut in range(3, len(word) - 2):
            left, right = stem(word[:cut]), stem(word[cut:])
            if self._is_known(left) and self._is_known(right):
                return [left, right]
        return [word]

    def _is_known(self, word: str) -> bool:
        return word in self._postings or word in SYNONYMS


def _fields(product: Product) -> list[tuple[str, float]]:
    category = category_of(product.category)
    department = f"{category.name} {' '.join(category.words)}" if category else product.category
    values = " ".join(str(value) for value in product.attributes.values())
    choices = " ".join(choice for choices in product.options.values() for choice in choices)
    *modifiers, head = words_of(product.kind) or [""]
    return [
        (head, _HEAD),  # a phone case is a case, not a phone
        (" ".join(modifiers), _MODIFIER),
        (product.name, _NAME),
        (product.brand, _BRAND),
        (values, _ATTRIBUTE),
        (
            f"{product.id} {product.id.replace('-', '')} {product.sku} {product.sku.replace('-', '')}",
            _BRAND,
        ),
        (department, _CATEGORY),
        (f"{product.description} {choices}", _TEXT),
    ]


def _group_by_length(vocabulary: list[str]) -> dict[int, list[str]]:
    groups: dict[int, list[str]] = defaultdict(list)
    for word in vocabulary:
        if not any(letter.isdigit() for letter in word):
            groups[len(word)].append(word)
    return groups


def _sensible(hits: list[Hit], share: float) -> list[Hit]:
    """Drop what answers far less of the query than the best does; the rest by score."""
    if not hits:
        return []
    enough = share * max(hit.coverage for hit in hits)
    kept = [hit for hit in hits if hit.coverage >= enough and hit.coverage >= 0.2]
    return sorted(kept, key=lambda hit: (-hit.score, hit.product_id))
