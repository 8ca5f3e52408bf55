"""Which training messages are nearest to a message: their labels are votes, their distance tells the unfamiliar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Training messages that vote.
VOTERS = 10
#: Of them, those whose mean cosine says how near a message is to anything known.
_NEAREST = 5
# A voter this much farther (cosine) than the nearest one has 1/e of its voice.
_FADING = 0.05
_ROWS = 512


@dataclass
class Memory:
    """Training messages with their labels.

    Attributes:
        vectors: Unit vectors, shape (messages, width), float32.
        labels: Index of each message's label, shape (messages,).
        classes: How many labels there are.
    """

    vectors: np.ndarray
    labels: np.ndarray
    classes: int

    def recall(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Looks the nearest messages up.

        Args:
            vectors: Unit vectors, shape (messages, width).

        Returns:
            The votes for each label, adding up to 1, shape (messages, classes); the mean cosine to
            the five nearest, shape (messages,).
        """
        votes = np.zeros((len(vectors), self.classes), np.float32)
        nearness = np.empty(len(vectors), np.float32)
        count = min(VOTERS, len(self.labels))
        for start in range(0, len(vectors), _ROWS):
            part = slice(start, start + _ROWS)
            cosines = vectors[part] @ self.vectors.T
            nearest = np.argpartition(cosines, -count, axis=1)[:, -count:]
            found = np.take_along_axis(cosines, nearest, axis=1)
            voices = np.exp((found - found.max(axis=1, keepdims=True)) / _FADING)
            voices /= voices.sum(axis=1, keepdims=True)
            rows = np.arange(len(found))[:, None]
            np.add.at(votes[part], (rows, self.labels[nearest]), voices)
            nearness[part] = np.sort(found, axis=1)[:, -_NEAREST:].mean(axis=1)
        return votes, nearness
