"""A sequence tagger: softmax regression on encoder states and token features, decoded by Viterbi.

Tags are "O", "B-<type>" (first token of a value) and "I-<type>" (further tokens).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_matrix

from rasa_ext.nlu.encoder_graph import HIDDEN
from rasa_ext.nlu.entities.schema import OUTSIDE
from rasa_ext.nlu.softmax import SoftmaxRegression, fit_softmax, softmax

_MODEL, _TEXT = "tagger.safetensors", "tagger.json"
_IMPOSSIBLE = -1e4
# The head already knows the neighbours' words; their tags count this much beside it (tuned).
_TRANSITION_WEIGHT = 0.4
# Length of the encoder states beside some forty features of length 1 (tuned).
_STATE_LENGTH = 6.0


@dataclass(frozen=True)
class TaggedSpan:
    """A value found.

    Attributes:
        entity: Its type.
        first: Its first token.
        last: Its last token.
        confidence: Least probability of its tokens' tags.
    """

    entity: str
    first: int
    last: int
    confidence: float


@dataclass
class Tagger:
    """A trained tagger.

    Attributes:
        tags: The tags in the order of the scores.
        columns: Column of each token feature.
        head: The linear classifier.
        follows: How much likelier than by chance a tag follows another, as a logarithm:
            shape (tags before, tags after).
    """

    tags: list[str]
    columns: dict[str, int]
    head: SoftmaxRegression
    follows: np.ndarray

    def __post_init__(self) -> None:
        self._masks: dict[tuple[str, ...], np.ndarray] = {}

    def tag(
        self,
        features: Sequence[Sequence[str]],
        states: np.ndarray,
        possible: Sequence[tuple[str, ...]],
    ) -> list[TaggedSpan]:
        """Finds the values of one message.

        Args:
            features: Names of the features of each token.
            states: Dense features of each token, shape (tokens, dense features).
            possible: What each token may be, OUTSIDE included if it may be nothing.

        Returns:
            Values in their order.
        """
        if not features:
            return []
        scores = self.head.scores(states, features_matrix(features, self.columns))
        scores = scores + np.stack([self._mask(types) for types in possible])
        path = _viterbi(scores, self.follows, self.tags.index(OUTSIDE))
        chances = softmax(scores)[np.arange(len(path)), path]
        return _spans([self.tags[at] for at in path], chances)

    def _mask(self, types: tuple[str, ...]) -> np.ndarray:
        """Gives 0 for the tags of some types, else a prohibitive score."""
        found = self._masks.get(types)
        if found is None:
            fits = [tag in types or tag[2:] in types for tag in self.tags]
            found = self._masks[types] = np.where(fits, 0.0, _IMPOSSIBLE).astype(np.float32)
        return found

    def save(self, folder: Path) -> None:
        """Writes the tagger into a folder."""
        arrays = {
            "dense": self.head.dense,
            "sparse": self.head.sparse,
            "bias": self.head.bias,
            "follows": self.follows,
        }
        save_file(arrays, str(folder / _MODEL))
        rest = {"tags": self.tags, "features": list(self.columns)}
        (folder / _TEXT).write_text(json.dumps(rest, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Tagger:
        """Reads a tagger from a folder."""
        arrays = load_file(str(folder / _MODEL))
        rest = json.loads((folder / _TEXT).read_text(encoding="utf-8"))
        columns = {name: column for column, name in enumerate(rest["features"])}
        head = SoftmaxRegression(arrays["dense"], arrays["sparse"], arrays["bias"])
        return cls(rest["tags"], columns, head, arrays["follows"])


def features_matrix(features: Sequence[Sequence[str]], columns: dict[str, int]) -> csr_matrix:
    """Turns named features into a float32 matrix (tokens, features); unknown ones are left out."""
    rows = [[columns[name] for name in names if name in columns] for names in features]
    pointers = np.cumsum([0] + [len(row) for row in rows])
    indices = np.array([column for row in rows for column in row], np.int64)
    values = np.ones(len(indices), np.float32)
    return csr_matrix((values, indices, pointers), (len(rows), len(columns)), dtype=np.float32)


def train_tagger(
    features: Sequence[Sequence[str]],
    states: np.ndarray,
    tags: Sequence[Sequence[str]],
    *,
    c: float = 1.0,
    minimum: int = 3,
    iterations: int = 50,
) -> Tagger:
    """Trains a tagger on the tokens of all messages.

    Args:
        features: Names of the features of each token.
        states: Dense features, shape (tokens, dense features).
        tags: The right tags of the tokens of each message.
        c: Inverse strength of the ridge penalty.
        minimum: How often a feature must occur.
        iterations: Upper bound of optimiser steps.

    Returns:
        The trained tagger.
    """
    counts = Counter(name for names in features for name in names)
    kept = sorted(name for name, n in counts.items() if n >= minimum)
    columns = {name: column for column, name in enumerate(kept)}
    names = sorted({tag for one in tags for tag in one} | {OUTSIDE})
    index = {name: at for at, name in enumerate(names)}
    truth = np.array([index[tag] for one in tags for tag in one])
    matrix = features_matrix(features, columns)
    head = fit_softmax(
        states, matrix, truth, len(names), c=c, iterations=iterations, tolerance=1e-4
    )
    return Tagger(names, columns, head, _transitions(names, tags))


def token_states(
    spans: Sequence[tuple[int, int]], offsets: Sequence[tuple[int, int]], states: np.ndarray
) -> np.ndarray:
    """Averages the states of the word pieces of each token.

    Args:
        spans: Start and end of each token.
        offsets: Start and end of each word piece, in the same text.
        states: State of each word piece, shape (pieces, 384).

    Returns:
        Vectors of one length, shape (tokens, 384); zeros where the encoder read nothing.
    """
    found = np.zeros((len(spans), HIDDEN), np.float32)
    piece = 0
    for row, (start, end) in enumerate(spans):
        while piece < len(offsets) and offsets[piece][1] <= start:
            piece += 1
        last = piece
        while last < len(offsets) and offsets[last][0] < end:
            last += 1
        if last > piece:
            mean = states[piece:last].mean(axis=0)
            found[row] = mean * (_STATE_LENGTH / (float(np.linalg.norm(mean)) or 1.0))
    return found


def _transitions(names: list[str], tags: Sequence[Sequence[str]]) -> np.ndarray:
    """Compares how often each tag follows another with how often it occurs at all."""
    index = {name: at for at, name in enumerate(names)}
    counts = np.full((len(names), len(names)), 0.5)
    for one in tags:
        for before, after in zip([OUTSIDE, *one], one, strict=False):
            counts[index[before], index[after]] += 1
    chances = counts / counts.sum(axis=1, keepdims=True)
    overall = counts.sum(axis=0) / counts.sum()
    found = _TRANSITION_WEIGHT * np.log(chances / overall)
    for column, tag in enumerate(names):
        if tag.startswith("I-"):
            foreign = [row for row, other in enumerate(names) if other[2:] != tag[2:]]
            found[foreign, column] = _IMPOSSIBLE
    return found.astype(np.float32)


def _viterbi(scores: np.ndarray, follows: np.ndarray, outside: int) -> list[int]:
    """Finds the best sequence of tags; before the first token stands OUTSIDE."""
    best = scores[0] + follows[outside]
    back = []
    for row in scores[1:]:
        options = best[:, None] + follows
        back.append(options.argmax(axis=0))
        best = options.max(axis=0) + row
    path = [int(best.argmax())]
    for pointers in reversed(back):
        path.append(int(pointers[path[-1]]))
    return path[::-1]


def _spans(tags: list[str], chances: np.ndarray) -> list[TaggedSpan]:
    """Joins tags into values."""
    found: list[TaggedSpan] = []
    for at, tag in enumerate(tags):
        if tag.startswith("B-"):
            found.append(TaggedSpan(tag[2:], at, at, float(chances[at])))
        elif tag.startswith("I-"):
            whole = found.pop()
            chance = min(whole.confidence, float(chances[at]))
            found.append(TaggedSpan(whole.entity, whole.first, at, chance))
    return found
