"""Softmax regression on dense and sparse features, fitted by L-BFGS in single precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

_MEMORY = 8
_SHRINK = 0.5
_ARMIJO = 1e-4
_MAX_HALVINGS = 12


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
    """Mean cross entropy plus ridge penalty, as a function of one flat vector."""

    def __init__(
        self,
        dense: np.ndarray,
        sparse: csr_matrix,
        labels: np.ndarray,
        *,
        weights: np.ndarray,
        classes: int,
        c: float,
    ) -> None:
        self._dense, self._sparse, self._transposed = dense, sparse, sparse.T.tocsr()
        self._labels, self._weights = labels, (weights / weights.sum()).astype(np.float32)
        self._rows = np.arange(len(labels))
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
        dense, sparse, bias = self.split(flat)
        scores = self._dense @ dense + bias
        scores += self._sparse @ sparse
        scores -= scores.max(axis=1, keepdims=True)
        right = scores[self._rows, self._labels]
        np.exp(scores, out=scores)
        total = scores.sum(axis=1)
        loss = float((self._weights * (np.log(total) - right)).sum())
        scores *= (self._weights / total)[:, None]
        scores[self._rows, self._labels] -= self._weights
        coefficients = flat[: len(flat) - len(bias)]
        gradient = np.empty_like(flat)
        into_dense, into_sparse, into_bias = self.split(gradient)
        np.matmul(self._dense.T, scores, out=into_dense)
        into_sparse[...] = self._transposed @ scores
        into_bias[...] = scores.sum(axis=0)
        gradient[: len(coefficients)] += self._ridge * coefficients
        return loss + 0.5 * self._ridge * float(coefficients @ coefficients), gradient


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
    objective = _Objective(dense, sparse, labels, weights=counts, classes=classes, c=c)
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
