"""How long both sides train on the product's data; stock's 100 epochs are extrapolated from few.

Stock's training is run with the few epochs of `benchmarks.stock`. Its log tells how long each epoch of each network took;
those after the first are alike (the first also builds the network), so what is missing to `rasa init`'s 100 is known.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Row
from benchmarks.run import Run
from benchmarks.stock import EPOCHS, train_stock
from scripts.train import ensure_model

#: Of each network, in the configuration that `rasa init` writes.
FULL_EPOCHS = 100
_FEW = 2  # the first builds the network, the second is like all others
_NETWORKS = 4  # DIETClassifier, ResponseSelector, UnexpecTEDIntentPolicy, TEDPolicy
_PROGRESS = re.compile(r"Epochs:\s+\d+%\|[^|]*\|\s*(\d+)/(\d+) \[(?:(\d+):)?(\d+):(\d+)<")


def measure(run: Run) -> None:
    """Train both models; stock's is not trained twice if this run has just done so."""
    with run.results.part("train"), tempfile.TemporaryDirectory() as folder:
        os.environ["RASA_CACHE_DIRECTORY"] = str(Path(folder) / "cache")  # from scratch
        began = time.monotonic()
        ensure_model(Path(folder) / "train.log", force=True, say=lambda _: None)
        ours = time.monotonic() - began
        del os.environ["RASA_CACHE_DIRECTORY"]
        stock, log, count = _stock(run, Path(folder) / "stock.tar.gz")
        run.results.add(Row(f"training, stock with {count} epochs", "s", [ours], [stock]))
        run.results.add(full(ours, stock, log.read_text("utf-8", errors="replace")))


def _stock(run: Run, archive: Path) -> tuple[float, Path, int]:
    """Return the seconds of a training on this machine as it is now, its log, and its epochs."""
    if run.stock.fresh_seconds is not None:
        return run.stock.fresh_seconds, run.stock.log, EPOCHS
    return train_stock(archive, _FEW), archive.with_suffix(".log"), _FEW


def full(ours: float, stock: float, log: str) -> Row:
    """Return the row of a whole training.

    Raises:
        RuntimeError: if the log does not show the epochs of every network.
    """
    networks = epochs(log)
    if len(networks) != _NETWORKS:
        raise RuntimeError(f"the log of stock's training shows {len(networks)} networks")
    more = sum((FULL_EPOCHS - count) * seconds for count, seconds in networks)
    few = networks[0][0]
    name = f"training, stock extrapolated from {few} to {FULL_EPOCHS} epochs"
    return Row(name, "s", [ours], [stock + more], "1/5", 0.2)


def epochs(log: str) -> list[tuple[int, float]]:
    """Return for each network that a log shows how many epochs it had, and the seconds of one after the first."""
    found: list[tuple[int, float]] = []
    seen: dict[int, int] = {}
    for match in _PROGRESS.finditer(log):
        done, wanted = int(match[1]), int(match[2])
        elapsed = int(match[3] or 0) * 3600 + int(match[4]) * 60 + int(match[5])
        if done == 0:
            seen = {}
        first = done not in seen
        seen[done] = elapsed
        if done == wanted and first and 1 in seen and wanted > 1:
            found.append((wanted, (elapsed - seen[1]) / (wanted - 1)))
    return found
