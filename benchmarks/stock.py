"""A stock Rasa project made from the product's own domain and data, as `rasa init` would configure it.

Its model is what the product is measured against. The number of epochs decides how long the training takes, not how
fast the model answers, so few are enough for the figures here; accuracy is compared elsewhere (docs/nlu.md, docs/policies.md).
Models are kept in the cache folder under a fingerprint of all that they are made from.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.stack.instance import QUIET_ENV, ROOT

EPOCHS = 3
_AUGMENTATION = "0"  # as for the product's own model; the default 50 adds hours to TED and nothing to the figures

#: What `rasa init` of Rasa 3.6 takes when nobody chooses, spelled out, with the epochs cut.
CONFIG = f"""recipe: default.v1
assistant_id: stock
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {EPOCHS}
    constrain_similarities: true
  - name: EntitySynonymMapper
  - name: ResponseSelector
    epochs: {EPOCHS}
    constrain_similarities: true
  - name: FallbackClassifier
    threshold: 0.3
    ambiguity_threshold: 0.1
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
  - name: UnexpecTEDIntentPolicy
    max_history: 5
    epochs: {EPOCHS}
  - name: TEDPolicy
    max_history: 5
    epochs: {EPOCHS}
    constrain_similarities: true
"""


@dataclass(frozen=True)
class StockModel:
    """A trained stock project.

    Attributes:
        archive: The model.
        exact: Whether it was made from the present data; otherwise from an earlier state of it.
        fresh_seconds: How long its training took if it was trained just now; None if it was kept.
    """

    archive: Path
    exact: bool
    fresh_seconds: float | None = None

    @property
    def log(self) -> Path:
        """The log of its training."""
        return self.archive.with_suffix(".log")


class StockTrainingError(Exception):
    """Rasa did not train the stock project; the message ends with the end of its log."""


def cache_dir() -> Path:
    """Return the folder of kept models."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ai-closer-x" / "benchmarks"


def stock_model(*, accept_older: bool = False) -> StockModel:
    """Return the stock model of the present data; trains it if it is not kept.

    Args:
        accept_older: Take the newest model of an earlier state of the data rather than train for minutes.
    """
    folder = cache_dir()
    archive = folder / f"stock-{_fingerprint()[:12]}.tar.gz"
    if archive.exists():
        return StockModel(archive, True)
    kept = sorted(folder.glob("stock-*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if accept_older and kept:
        return StockModel(kept[-1], False)
    folder.mkdir(parents=True, exist_ok=True)
    print(f"training the stock model ({EPOCHS} epochs); this takes minutes, once", file=sys.stderr)
    return StockModel(archive, True, train_stock(archive))


def train_stock(archive: Path, epochs: int = EPOCHS) -> float:
    """Train the stock project into an archive, its log beside it; return the seconds that it took.

    Raises:
        StockTrainingError: if Rasa refuses.
    """
    scratch = archive.with_name(f"work-{os.getpid()}")
    scratch.mkdir(parents=True)
    try:
        (scratch / "config.yml").write_text(config(epochs), "utf-8")
        shutil.copy(ROOT / "domain.yml", scratch)
        shutil.copytree(ROOT / "data", scratch / "data")
        began = time.monotonic()
        _rasa_train(scratch, archive.with_suffix(".log"))
        seconds = time.monotonic() - began
        (scratch / "models" / "stock.tar.gz").replace(archive)
        return seconds
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def config(epochs: int) -> str:
    """Return the project's configuration with so many epochs."""
    return CONFIG.replace(f"epochs: {EPOCHS}", f"epochs: {epochs}")


def _rasa_train(project: Path, log: Path) -> None:
    options = ("--fixed-model-name", "stock", "--augmentation", _AUGMENTATION)
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "rasa", "train", *options],
            cwd=project,
            env={**os.environ, **QUIET_ENV},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode != 0 or not (project / "models" / "stock.tar.gz").exists():
        tail = "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-15:])
        raise StockTrainingError(f"the stock model was not trained\n--- {log}\n{tail}")


def _fingerprint() -> str:
    digest = hashlib.sha256(CONFIG.encode())
    for path in [ROOT / "domain.yml", *sorted((ROOT / "data").rglob("*.yml"))]:
        digest.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    print(stock_model().archive)
