"""Softmax regression on dense and sparse features, fitted by L-BFGS in single precision."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix

_MEMORY = 8
_SHRINK = 0.5
_ARMIJO = 1e-4
_MAX_HALVINGS = 12
# Rows, and columns, are worked on in so many parts at a time; fixed, so that sums do not depend on the machine.
_PARTS = 4


@dataclass
class SoftmaxRegression:
    """A fitted linear classifier.

    Attributes:
        dense: Weights of the dense features, shape (dense features, classes).
        sparse: Weights of the sparse features, shape (sparse features, classes).
        bias: Shape (classes,).
    """

    dense: np.ndarray
    sparse: np.ndarray
    bias: np.ndarray

    def scores(self, dense: np.ndarray, sparse: csr_matrix) -> np.ndarray:
        """Gives the unnormalised log probabilities, shape (messages, classes)."""
        return dense @ self.dense + sparse @ self.sparse + self.bias

    def scores_of_one(
        self, dense: np.ndarray, columns: np.ndarray, values: np.ndarray
    ) -> np.ndarray:
        """Gives the scores of one message, shape (classes,), from its non-zero features."""
        return dense @ self.dense + values @ self.sparse[columns] + self.bias


def softmax(scores: np.ndarray) -> np.ndarray:
    """Turns scores into probabilities along the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


class _Objective:
    """Mean cross entropy plus ridge penalty, as a function of one flat vector.

    BLAS shares the dense products between the processors by itself (in turns, if several threads ask). SciPy and the rest
    of NumPy do not, but let other threads run while they compute, so they work on parts.
    """

    def __init__(
        self,
        dense: np.ndarray,
        sparse: csr_matrix,
        labels: np.ndarray,
        *,
        weights: np.ndarray,
        classes: int,
        c: float,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._pool = pool
        self._dense, self._labels = dense, labels
        self._weights = (weights / weights.sum()).astype(np.float32)
        self._rows = _parts(len(labels))
        self._sparse = [sparse[rows] for rows in self._rows]
        transposed = sparse.T.tocsr()
        self._columns = _parts(sparse.shape[1])
        self._transposed = [transposed[columns] for columns in self._columns]
        self.shapes = ((dense.shape[1], classes), (sparse.shape[1], classes), (classes,))
        # C multiplies the summed loss in scikit-learn's convention; here the loss is a mean.
        self._ridge = 1.0 / (c * float(weights.sum()))

    def split(self, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Views the flat vector as the three weight arrays."""
        first, second = (int(np.prod(shape)) for shape in self.shapes[:2])
        return (
            flat[:first].reshape(self.shapes[0]),
            flat[first : first + second].reshape(self.shapes[1]),
            flat[first + second :],
        )

    def __call__(self, flat: np.ndarray) -> tuple[float, np.ndarray]:
        """Gives the loss and its gradient."""
        weights = self.split(flat)
        errors = self._dense @ weights[0]
        loss = sum(self._pool.map(lambda part: self._errors(part, weights, errors), range(_PARTS)))
        gradient = np.empty_like(flat)
        into_dense, into_sparse, into_bias = self.split(gradient)

        def sparse_part(part: int) -> None:
            into_sparse[self._columns[part]] = self._transposed[part] @ errors

        list(self._pool.map(sparse_part, range(_PARTS)))
        np.matmul(self._dense.T, errors, out=into_dense)
        into_bias[...] = errors.sum(axis=0)
        coefficients = flat[: len(flat) - len(into_bias)]
        gradient[: len(coefficients)] += self._ridge * coefficients
        return loss + 0.5 * self._ridge * float(coefficients @ coefficients), gradient

    def _errors(
        self, part: int, weights: tuple[np.ndarray, np.ndarray, np.ndarray], errors: np.ndarray
    ) -> float:
        """Turns dense scores of a part of the rows into weighted errors; gives its share of the loss."""
        rows = self._rows[part]
        labels, counts = self._labels[rows], self._weights[rows]
        _, sparse, bias = weights
        scores = errors[rows]
        scores += bias
        scores += self._sparse[part] @ sparse
        scores -= scores.max(axis=1, keepdims=True)
        own = np.arange(len(labels))
        right = scores[own, labels]
        np.exp(scores, out=scores)
        total = scores.sum(axis=1)
        scores *= (counts / total)[:, None]
        scores[own, labels] -= counts
        return float((counts * (np.log(total) - right)).sum())


def _parts(count: int) -> list[slice]:
    """Cuts a range into parts of about one size."""
    edges = np.linspace(0, count, _PARTS + 1).astype(int).tolist()
    return [slice(start, end) for start, end in pairwise(edges)]


def fit_softmax(
    dense: np.ndarray,
    sparse: csr_matrix,
    labels: np.ndarray,
    classes: int,
    *,
    c: float = 10.0,
    weights: np.ndarray | None = None,
    iterations: int = 60,
    tolerance: float = 1e-4,
) -> SoftmaxRegression:
    """Fits a multinomial logistic regression.

    L-BFGS (Liu and Nocedal 1989) in float32: a tenth of the memory and a third of the time of
    scikit-learn's, which turns dense features beside sparse ones into sparse doubles.

    Args:
        dense: Shape (messages, dense features), float32.
        sparse: Shape (messages, sparse features), float32.
        labels: Class of each message, shape (messages,), integers.
        classes: Number of classes.
        c: Inverse strength of the ridge penalty, in scikit-learn's sense.
        weights: How much each message counts, shape (messages,); all alike by default.
        iterations: Upper bound of L-BFGS steps.
        tolerance: Stops when a step lowers the loss by less than this share.

    Returns:
        The fitted model.
    """
    counts = np.ones(len(labels), np.float32) if weights is None else weights
    with ThreadPoolExecutor(min(_PARTS, os.cpu_count() or 1)) as pool:
        objective = _Objective(
            dense, sparse, labels, weights=counts, classes=classes, c=c, pool=pool
        )
        flat = np.zeros(sum(int(np.prod(shape)) for shape in objective.shapes), np.float32)
        flat = _minimise(objective, flat, iterations, tolerance)
    return SoftmaxRegression(*(part.copy() for part in objective.split(flat)))


def _minimise(
    objective: _Objective, flat: np.ndarray, iterations: int, tolerance: float
) -> np.ndarray:
    """Runs L-BFGS with a backtracking line search."""
    loss, gradient = objective(flat)
    history: list[tuple[np.ndarray, np.ndarray, float]] = []
    for _ in range(iterations):
        direction = -_inverse_hessian_times(gradient, history)
        slope = float(direction @ gradient)
        step = 1.0 if history else min(1.0, 1.0 / float(np.abs(gradient).sum()) * 100)
        for _ in range(_MAX_HALVINGS):
            candidate = flat + step * direction
            new_loss, new_gradient = objective(candidate)
            if new_loss <= loss + _ARMIJO * step * slope:
                break
            step *= _SHRINK
        else:
            return flat
        moved, change = candidate - flat, new_gradient - gradient
        curvature = float(moved @ change)
        if curvature > 0:
            history = [*history[-_MEMORY + 1 :], (moved, change, 1.0 / curvature)]
        gained = loss - new_loss
        flat, gradient, loss = candidate, new_gradient, new_loss
        if gained < tolerance * abs(loss):
            break
    return flat


def _inverse_hessian_times(
    vector: np.ndarray, history: list[tuple[np.ndarray, np.ndarray, float]]
) -> np.ndarray:
    """The two-loop recursion of L-BFGS."""
    result = vector.copy()
    steps: list[float] = []
    for moved, change, inverse in reversed(history):
        steps.append(inverse * float(moved @ result))
        result -= steps[-1] * change
    if history:
        moved, change, inverse = history[-1]
        result *= 1.0 / (inverse * float(change @ change))
    for (moved, change, inverse), step in zip(history, reversed(steps), strict=True):
        result += (step - inverse * float(change @ result)) * moved
    return result
