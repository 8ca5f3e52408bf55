"""Runs the sentence encoders: MiniLM and, beside it, the Universal Sentence Encoder, by ONNX Runtime."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from rasa_ext.nlu import encoder_files, universal_graph
from rasa_ext.nlu.encoder_graph import HIDDEN, INPUT, SENTENCE, TOKENS

PRECISIONS = ("int8", "fp32")
_BATCH = 64
# Rows of a batch, where their word pieces stand, and the outputs of the graph.
_Result = tuple[list[int], list[list[tuple[int, int]]], list[np.ndarray]]


class Encoding:
    """What the encoders say about one message.

    Args:
        unit: As below.
        states: MiniLM's states of the frame tokens and the word pieces between them.
        offsets: Start and end of each of these in the message, in characters.
        universal: Runs the Universal Sentence Encoder, if that is used; only once its vector is wanted, which it is not of a
            message that was repaired.

    Attributes:
        unit: MiniLM's unit vector of the message, shape (384,), float32.
        tokens: The state of each word piece, (pieces, 384).
        offsets: Start and end of each word piece in the message, in characters.
    """

    def __init__(
        self,
        unit: np.ndarray,
        states: np.ndarray,
        offsets: list[tuple[int, int]],
        universal: Callable[[], np.ndarray] | None = None,
    ) -> None:
        self.unit, self.tokens, self.offsets = unit, states[1:-1], offsets[1:-1]
        self._states, self._universal = states, universal

    def __deepcopy__(self, _: dict[int, Any]) -> Encoding:
        """Stays itself in a copied message: nothing changes it, and a network cannot be copied."""
        return self

    @functools.cached_property
    def sentence(self) -> np.ndarray:
        """The whole vector of the message, shape (768,) or (1280,), float32.

        First `unit`, behind it the Universal Sentence Encoder's unit vector, shape (512,), if that is used, and last the mean
        of `tokens`, shape (384,), which says more about the words than about what is meant.
        """
        second = [self._universal()] if self._universal is not None else []
        return np.concatenate([self.unit, *second, _mean_state(self._states[None])[0]])


class _Network:
    """One network with its tokenizer. Safe to share between threads."""

    def __init__(self, graph: Path, tokenizer: Path, entry: str, max_pieces: int) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        # One message is too small to share out, and other conversations use the other cores.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )
        self.tokenizer = Tokenizer.from_file(str(tokenizer))
        # The published tokenizer pads every message to a fixed length.
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_pieces)
        self._entry = entry

    def run_one(self, text: str, outputs: list[str]) -> tuple[Any, list[np.ndarray]]:
        """Gives the pieces of a message and the outputs of the graph."""
        pieces = self.tokenizer.encode(text)
        return pieces, self._session.run(outputs, {self._entry: np.array([pieces.ids], np.int64)})

    def run(self, texts: Sequence[str], outputs: list[str]) -> Iterator[_Result]:
        """Runs batches of messages of one length: no padding, so no work on it and no mask."""
        encoded = self.tokenizer.encode_batch(list(texts))
        by_length: dict[int, list[int]] = {}
        for row, pieces in enumerate(encoded):
            by_length.setdefault(len(pieces.ids), []).append(row)
        batches = [
            rows[start : start + _BATCH]
            for _, rows in sorted(by_length.items())
            for start in range(0, len(rows), _BATCH)
        ]

        def run(rows: list[int]) -> _Result:
            ids = np.array([encoded[row].ids for row in rows], np.int64)
            offsets = [encoded[row].offsets for row in rows]
            return rows, offsets, self._session.run(outputs, {self._entry: ids})

        with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            yield from pool.map(run, batches)


class SentenceEncoder:
    """Turns messages into vectors. Safe to share between threads."""

    def __init__(self, minilm: _Network, universal: _Network | None, name: str) -> None:
        self._minilm, self._universal = minilm, universal
        self._name = name

    def fingerprint(self) -> str:
        """Names networks and precision; Rasa retrains what depends on them when it changes."""
        return self._name

    @functools.cached_property
    def words(self) -> list[str]:
        """The whole English words of MiniLM's vocabulary, the most frequent ones first."""
        by_rank = sorted(self._minilm.tokenizer.get_vocab().items(), key=lambda item: item[1])
        return [word for word, _ in by_rank if len(word) > 1 and word.isascii() and word.isalpha()]

    def encode_one(self, text: str) -> Encoding:
        """Encodes one message.

        Args:
            text: Any text; what lies behind the length limit is ignored.

        Returns:
            Its vectors, the states of its word pieces and where they stand.
        """
        pieces, (states, units) = self._minilm.run_one(text, [TOKENS, SENTENCE])
        second = functools.partial(self._second, text) if self._universal else None
        return Encoding(units[0], states[0], pieces.offsets, second)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encodes many messages.

        Args:
            texts: The messages.

        Returns:
            Vectors as in `Encoding.sentence`, shape (messages, 768 or 1280), float32.
        """
        width = 2 * HIDDEN + (universal_graph.WIDTH if self._universal else 0)
        vectors = np.empty((len(texts), width), np.float32)
        for rows, _, (tokens, sentences) in self._minilm.run(texts, [TOKENS, SENTENCE]):
            vectors[rows, :HIDDEN] = sentences
            vectors[rows, -HIDDEN:] = _mean_state(tokens)
        if self._universal is not None:
            for rows, _, (sentences,) in self._universal.run(texts, [universal_graph.SENTENCE]):
                vectors[rows, HIDDEN:-HIDDEN] = sentences
        return vectors

    def encode_with_tokens(self, texts: Sequence[str]) -> list[Encoding]:
        """Encodes many messages by MiniLM alone."""
        found: dict[int, Encoding] = {}
        for rows, offsets, (tokens, sentences) in self._minilm.run(texts, [TOKENS, SENTENCE]):
            for at, row in enumerate(rows):
                found[row] = Encoding(sentences[at], tokens[at], offsets[at])
        return [found[row] for row in range(len(texts))]

    def _second(self, text: str) -> np.ndarray:
        assert self._universal is not None
        _, (vectors,) = self._universal.run_one(text, [universal_graph.SENTENCE])
        return vectors[0]


def _mean_state(tokens: np.ndarray) -> np.ndarray:
    """Gives the mean of the word pieces' states, without the frame tokens unless there is nothing else."""
    pieces = tokens[:, 1:-1] if tokens.shape[1] > 2 else tokens
    mean: np.ndarray = pieces.mean(axis=1)
    return mean


@functools.lru_cache(maxsize=4)
def load_encoder(
    precision: str, cache_dir: Path, max_pieces: int, universal: bool
) -> SentenceEncoder:
    """Loads the encoders, or gives those that this process has already loaded.

    Args:
        precision: Of MiniLM: "int8" or "fp32".
        cache_dir: Where built graphs are kept.
        max_pieces: Longest message in word pieces, frame tokens included; the rest is cut off.
        universal: Whether to run the Universal Sentence Encoder too.

    Returns:
        The encoder, with one thread per call.

    Raises:
        EncoderError: A package is missing or its files are not the expected ones.
        ValueError: Unknown precision.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision is one of {', '.join(PRECISIONS)}, not {precision!r}")
    graph = encoder_files.minilm_graph(precision, cache_dir)
    minilm = _Network(graph, encoder_files.minilm_tokenizer(), INPUT, max_pieces)
    second = None
    if universal:
        graph, tokenizer = encoder_files.universal_model(cache_dir)
        second = _Network(graph, tokenizer, universal_graph.INPUT, max_pieces)
    return SentenceEncoder(
        minilm, second, f"minilm-{precision}-{max_pieces}-universal-{universal}-states"
    )
