"""Trains the dialogue model if none fits: `python -m scripts.train [--force]` prints the model's path.

A model's file name carries a fingerprint of all that it is made from. The same training data, configuration and
locked versions give the same name, so a model that is there already is never trained again.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.stack.instance import QUIET_ENV, ROOT

_SOURCES = (
    "config.yml",
    "domain.yml",
    "domain",
    "data",
    "rasa_ext/nlu",
    "rasa_ext/policies",
    "requirements.lock",
)


class TrainingError(Exception):
    """The training failed; the message ends with the end of its log."""


def fingerprint(root: Path) -> str:
    """Return a digest of everything that decides how the model turns out."""
    digest = hashlib.sha256()
    for path in source_files(root):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def source_files(root: Path) -> Iterator[Path]:
    """Yield the files that a model is made from, always in the same order."""
    for name in _SOURCES:
        top = root / name
        found = [top] if top.is_file() else sorted(top.rglob("*"))
        yield from (
            path for path in found if path.is_file() and not _is_by_product(path.relative_to(root))
        )


def model_path(root: Path = ROOT) -> Path:
    """Return where the model for the present training data is, or will be."""
    return root / "models" / f"closer-{fingerprint(root)[:12]}.tar.gz"


def ensure_model(
    log: Path, *, root: Path = ROOT, force: bool = False, say: Callable[[str], None] = print
) -> Path:
    """Train unless a fitting model is there; of two callers at once, one trains and both get the model.

    Raises:
        TrainingError: Rasa refused the data or the configuration.
    """
    path = model_path(root)
    if path.exists() and not force:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / ".training").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if force or not path.exists():
            say("  training the model; this takes a minute or two, once")
            began = time.monotonic()
            _train(root, path, log)
            say(f"  trained {path.name} in {time.monotonic() - began:.0f} s")
    return path


def _train(root: Path, path: Path, log: Path) -> None:
    name = f"training-{os.getpid()}"
    domain = "domain" if (root / "domain").is_dir() else "domain.yml"
    # Gluing stories together (augmentation) teaches our policies nothing and takes most of their time.
    options = (
        "--fixed-model-name",
        name,
        "--out",
        str(path.parent),
        "--domain",
        domain,
        "--augmentation",
        "0",
    )
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [sys.executable, "-m", "rasa", "train", *options],
            cwd=root,
            env={**os.environ, **QUIET_ENV},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    fresh = path.with_name(f"{name}.tar.gz")
    if done.returncode != 0 or not fresh.exists():
        fresh.unlink(missing_ok=True)
        tail = "\n".join(log.read_text("utf-8", errors="replace").splitlines()[-25:])
        raise TrainingError(f"training failed\n--- {log}\n{tail}")
    fresh.replace(path)  # whoever looks for the model finds a whole one or none


def _is_by_product(path: Path) -> bool:
    return path.suffix == ".pyc" or any(
        part == "__pycache__" or part.startswith(".") for part in path.parts
    )


def main() -> int:
    """Train if needed, and print the path of the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--force", action="store_true", help="train even if a fitting model is there"
    )
    arguments = parser.parse_args()
    log = ROOT / "models" / "train.log"
    try:
        print(
            ensure_model(
                log, force=arguments.force, say=lambda line: print(line.strip(), file=sys.stderr)
            )
        )
    except TrainingError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
