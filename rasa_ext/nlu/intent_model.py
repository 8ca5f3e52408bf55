"""The intent model without Rasa: features, linear head and memory, calibration and familiarity."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from rasa_ext.nlu.augmentation import augment
from rasa_ext.nlu.encoder import SentenceEncoder
from rasa_ext.nlu.encoder_graph import HIDDEN
from rasa_ext.nlu.memory import Memory
from rasa_ext.nlu.ngrams import NgramVectorizer
from rasa_ext.nlu.softmax import SoftmaxRegression, fit_softmax, softmax
from rasa_ext.nlu.spelling import Speller

# Softened probabilities tell the unknown from the known better than calibrated ones (CLINC150: 94 %
# against 92 % of the foreign messages at 95 % of the others).
_NOVELTY_TEMPERATURE = 2.0
_QUANTILES = 1001
_MODEL, _TEXT = "model.safetensors", "model.json"


@dataclass(frozen=True)
class Settings:
    """How an intent model is trained.

    Attributes:
        c: Inverse strength of the ridge penalty.
        sparse_weight: Length of the n-gram features against the encoder vector's 1.
        copies: Altered copies of each message.
        copy_weight: How much a copy counts against its original's 1.
        memory_weight: Share of the nearest training messages in the verdict, against the linear head's rest.
        folds: Parts for held-out scores.
        iterations: Upper bound of optimiser steps.
        seed: Source of chance.
    """

    c: float = 10.0
    sparse_weight: float = 1.5
    copies: int = 2
    copy_weight: float = 0.15
    memory_weight: float = 0.15
    folds: int = 2
    iterations: int = 40
    seed: int = 7


@dataclass(frozen=True)
class Judgement:
    """What a model says of a message.

    Attributes:
        probabilities: Of each label, calibrated, shape (labels,).
        novelty_score: Sum of two z-scores: log of the best (softened) probability, mean cosine to
            the nearest training messages.
        familiarity: Share of held-out genuine messages that are less usual, 0 to 1.
    """

    probabilities: np.ndarray
    novelty_score: float
    familiarity: float


@dataclass
class IntentModel:
    """A trained model.

    Attributes:
        labels: The labels in the order of the scores.
        speller: Repairs messages before anything else.
        vectorizer: Sparse features.
        head: The linear classifier.
        memory: MiniLM vectors of the training messages.
        memory_weight: Its share in the verdict.
        usual_state: Mean over the training messages of what `Encoding.sentence` ends with, shape (384,).
        temperature: What the logs of mixed probabilities are divided by to be honest.
        centre: Mean and deviation of the log of the best (softened) probability and of the mean
            cosine to the nearest training messages, on held-out messages: shape (2, 2).
        quantiles: Familiarity scores of held-out messages at equal steps, ascending.
    """

    labels: list[str]
    speller: Speller
    vectorizer: NgramVectorizer
    head: SoftmaxRegression
    memory: Memory
    memory_weight: float
    usual_state: np.ndarray
    temperature: float
    centre: np.ndarray
    quantiles: np.ndarray

    def judge(self, text: str, vector: np.ndarray) -> Judgement:
        """Judges a message.

        Args:
            text: The masked and repaired message.
            vector: Its vector as the encoder gives it.

        Returns:
            What it means and how usual it is.
        """
        columns, values = self.vectorizer.columns_and_values(text)
        dense = dense_features(vector[None], self.usual_state)[0]
        scores = self.head.scores_of_one(dense, columns, values)[None]
        votes, nearness = self.memory.recall(vector[None, :HIDDEN])
        logs = mixed_logs(scores, votes, self.memory_weight)
        pair = _novelty_pair(scores, nearness)[0]
        novelty = float(((pair - self.centre[0]) / self.centre[1]).sum())
        return Judgement(
            probabilities=softmax(logs[0] / self.temperature),
            novelty_score=novelty,
            familiarity=float(np.searchsorted(self.quantiles, novelty)) / len(self.quantiles),
        )

    def save(self, folder: Path) -> None:
        """Writes the model into a folder."""
        save_file(
            {
                "dense": self.head.dense,
                "sparse": self.head.sparse,
                "bias": self.head.bias,
                "weights": self.vectorizer.weights,
                "known": self.memory.vectors,
                "known_labels": self.memory.labels,
                "usual_state": self.usual_state,
                "centre": self.centre,
                "quantiles": self.quantiles,
            },
            str(folder / _MODEL),
        )
        rest = {
            "labels": self.labels,
            "words": self.speller.lexicon.counts,
            "general": self.speller.lexicon.general,
            "pairs": self.speller.pairs,
            "vocabulary": list(self.vectorizer.vocabulary),
            "characters": self.vectorizer.characters,
            "length": self.vectorizer.length,
            "memory_weight": self.memory_weight,
            "temperature": self.temperature,
        }
        (folder / _TEXT).write_text(json.dumps(rest, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Reads a model from a folder."""
        arrays = load_file(str(folder / _MODEL))
        rest = json.loads((folder / _TEXT).read_text(encoding="utf-8"))
        vocabulary = {gram: column for column, gram in enumerate(rest["vocabulary"])}
        shortest, longest = rest["characters"]
        return cls(
            labels=rest["labels"],
            speller=Speller(rest["words"], rest["general"], rest["pairs"]),
            vectorizer=NgramVectorizer(
                vocabulary, arrays["weights"], (shortest, longest), rest["length"]
            ),
            head=SoftmaxRegression(arrays["dense"], arrays["sparse"], arrays["bias"]),
            memory=Memory(arrays["known"], arrays["known_labels"], len(rest["labels"])),
            memory_weight=rest["memory_weight"],
            usual_state=arrays["usual_state"],
            temperature=rest["temperature"],
            centre=arrays["centre"],
            quantiles=arrays["quantiles"],
        )


def dense_features(vectors: np.ndarray, usual_state: np.ndarray) -> np.ndarray:
    """Makes three unit vectors of each message's: of MiniLM, of the Universal Sentence Encoder, of the words' states.

    Args:
        vectors: As the encoder gives them, shape (messages, width).
        usual_state: What all messages' mean states have in common, shape (384,); it is taken away.

    Returns:
        Shape (messages, width), float32.
    """
    states = vectors[:, -HIDDEN:] - usual_state
    states /= np.maximum(np.linalg.norm(states, axis=1, keepdims=True), 1e-6)
    return np.concatenate([vectors[:, :-HIDDEN], states], axis=1)


def mixed_logs(scores: np.ndarray, votes: np.ndarray, weight: float) -> np.ndarray:
    """Mixes the head's probabilities with the votes of the nearest training messages.

    The two err differently: the head weighs words, the memory knows whole messages (docs/nlu.md, "Measured").

    Args:
        scores: The head's, shape (messages, classes).
        votes: Shape (messages, classes).
        weight: Share of the votes, 0 to 1.

    Returns:
        Log probabilities, shape (messages, classes).
    """
    return np.log((1 - weight) * softmax(scores) + weight * votes + 1e-9)


def train_intent_model(
    texts: Sequence[str], labels: Sequence[str], encoder: SentenceEncoder, settings: Settings
) -> IntentModel:
    """Trains an intent model.

    Args:
        texts: Masked messages.
        labels: The label of each, at least two different ones.
        encoder: The sentence encoder.
        settings: How to train.

    Returns:
        The trained model.
    """
    speller = Speller.fit(texts, encoder.words)
    texts = [speller.repair(text) for text in texts]
    names = sorted(set(labels))
    index = {name: at for at, name in enumerate(names)}
    truth = np.array([index[label] for label in labels])
    # Copies are misspelt and repaired again: what the repair cannot mend is learned.
    repaired = (
        (row, speller.repair(text)) for row, text in augment(texts, settings.copies, settings.seed)
    )
    copies = [(row, text) for row, text in dict.fromkeys(repaired) if text != texts[row]]
    origin = np.array([*range(len(texts)), *(row for row, _ in copies)])
    everything = [*texts, *(text for _, text in copies)]
    weights = np.where(np.arange(len(everything)) < len(texts), 1.0, settings.copy_weight)
    vectors = encoder.encode(everything)
    usual_state = vectors[: len(texts), -HIDDEN:].mean(axis=0)
    dense = dense_features(vectors, usual_state)
    vectorizer = NgramVectorizer.fit(texts, length=settings.sparse_weight)
    sparse = vectorizer.transform(everything)

    def fit(rows: np.ndarray) -> SoftmaxRegression:
        return fit_softmax(
            dense[rows], sparse[rows], truth[origin[rows]], len(names),
            c=settings.c, weights=weights[rows].astype(np.float32), iterations=settings.iterations,
        )  # fmt: skip

    fold = np.random.default_rng(settings.seed).permutation(len(texts)) % settings.folds
    held_out = np.zeros((len(texts), len(names)), np.float32)
    votes, nearness = np.zeros_like(held_out), np.zeros(len(texts), np.float32)

    def memory(rows: np.ndarray) -> Memory:
        return Memory(vectors[rows, :HIDDEN].copy(), truth[rows], len(names))

    for part in range(settings.folds):
        own = np.flatnonzero(fold == part)
        # No copies here: they cost most of the time and shift the scores little.
        others = np.flatnonzero(fold != part)
        if not len(own) or not len(others):
            continue
        held_out[own] = fit(others).scores(dense[own], sparse[own])
        votes[own], nearness[own] = memory(others).recall(vectors[own, :HIDDEN])
    logs = mixed_logs(held_out, votes, settings.memory_weight)
    pairs = _novelty_pair(held_out, nearness)
    centre = np.stack([pairs.mean(axis=0), np.maximum(pairs.std(axis=0), 1e-6)])
    scores = ((pairs - centre[0]) / centre[1]).sum(axis=1)
    return IntentModel(
        labels=names,
        speller=speller,
        vectorizer=vectorizer,
        head=fit(np.arange(len(everything))),
        memory=memory(np.arange(len(texts))),
        memory_weight=settings.memory_weight,
        usual_state=usual_state,
        temperature=fit_temperature(logs, truth),
        centre=centre.astype(np.float32),
        quantiles=np.quantile(scores, np.linspace(0, 1, _QUANTILES)).astype(np.float32),
    )


def _novelty_pair(scores: np.ndarray, cosines: np.ndarray) -> np.ndarray:
    """Gives the two signs that a message is known, shape (messages, 2)."""
    best = softmax(scores / _NOVELTY_TEMPERATURE).max(axis=1)
    return np.stack([np.log(best), cosines], axis=1)


def fit_temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    """Finds the temperature that makes held-out probabilities honest (Guo et al. 2017).

    Args:
        scores: Shape (messages, classes).
        truth: Right class of each message.

    Returns:
        The temperature with the least cross entropy, of 41 between 0.2 and 5.
    """
    rows = np.arange(len(truth))
    losses = {
        float(t): -float(np.log(softmax(scores / t)[rows, truth] + 1e-12).mean())
        for t in np.geomspace(0.2, 5, 41)
    }
    return min(losses, key=lambda t: losses[t])
