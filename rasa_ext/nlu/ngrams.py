"""TF-IDF weights of word and character n-grams: the sparse features of a message."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

_WORD = re.compile(r"\w+|[?!]")


def ngrams(text: str, characters: tuple[int, int]) -> list[str]:
    """Lists the word n-grams of orders 1 and 2 and the character n-grams inside word bounds.

    Word n-grams are told from character n-grams by a leading tab.

    Args:
        text: The message, already normalised.
        characters: Shortest and longest character n-gram.

    Returns:
        All n-grams, repeated as often as they occur.
    """
    words = _WORD.findall(text)
    grams = [f"\t{word}" for word in words]
    grams += [f"\t{left} {right}" for left, right in itertools.pairwise(words)]
    shortest, longest = characters
    for word in words:
        padded = f" {word} "
        length = len(padded)
        for size in range(shortest, longest + 1):
            grams += [padded[at : at + size] for at in range(length - size + 1)]
    return grams


@dataclass
class NgramVectorizer:
    """Maps messages to TF-IDF vectors, words and characters weighted alike.

    Attributes:
        vocabulary: Column of each n-gram, in the order of the columns.
        weights: Inverse document frequency of each column.
        characters: Shortest and longest character n-gram.
        length: Euclidean length of a message's features.
    """

    vocabulary: dict[str, int]
    weights: np.ndarray
    characters: tuple[int, int]
    length: float = 1.0

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        *,
        characters: tuple[int, int] = (2, 4),
        minimum: int = 2,
        size: int = 60_000,
        length: float = 1.0,
    ) -> NgramVectorizer:
        """Learns vocabulary and weights.

        Args:
            texts: The training messages.
            characters: Shortest and longest character n-gram.
            minimum: In how many messages an n-gram must occur.
            size: How many n-grams are kept at most, the most frequent ones.
            length: Euclidean length of a message's features.

        Returns:
            The fitted vectorizer; an empty vocabulary if there is no message.
        """
        counts: Counter[str] = Counter()
        documents = 0
        for text in texts:
            counts.update(set(ngrams(text, characters)))
            documents += 1
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        kept = sorted((gram, n) for gram, n in ranked[:size] if n >= minimum)
        frequencies = np.array([n for _, n in kept], np.float32)
        # The smoothed form of Salton's idf, as scikit-learn has it.
        weights = np.log((1 + documents) / (1 + frequencies)) + 1
        vocabulary = {gram: column for column, (gram, _) in enumerate(kept)}
        return cls(vocabulary, weights.astype(np.float32), characters, length)

    def columns_and_values(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Gives one message's features.

        Args:
            text: The message, already normalised.

        Returns:
            Columns (int64) and their values (float32), both of shape (features,). Word and
            character n-grams weigh alike.
        """
        get = self.vocabulary.get
        counts: Counter[int] = Counter()
        words: set[int] = set()
        for gram in ngrams(text, self.characters):
            column = get(gram)
            if column is not None:
                counts[column] += 1
                if gram[0] == "\t":
                    words.add(column)
        columns = np.fromiter(counts.keys(), np.int64, len(counts))
        values = np.fromiter(counts.values(), np.float32, len(counts))
        values = (1 + np.log(values)) * self.weights[columns]
        of_words = np.fromiter((column in words for column in counts), bool, len(counts))
        for part in (of_words, ~of_words):
            norm = float(np.sqrt((values[part] ** 2).sum()))
            if norm:
                values[part] *= self.length / (norm * np.sqrt(2))
        return columns, values.astype(np.float32)

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Gives the features of many messages as a float32 matrix (messages, n-grams)."""
        rows = [self.columns_and_values(text) for text in texts]
        pointers = np.cumsum([0] + [len(columns) for columns, _ in rows])
        columns = np.concatenate([c for c, _ in rows]) if rows else np.empty(0, np.int64)
        values = np.concatenate([v for _, v in rows]) if rows else np.empty(0, np.float32)
        return csr_matrix(
            (values, columns, pointers), (len(rows), len(self.vocabulary)), dtype=np.float32
        )
