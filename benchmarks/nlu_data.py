"""Test sets of benchmarks/nlu.py: public ones for measuring, and the product's held-out ones."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import yaml

Labelled = list[tuple[str, str]]


@dataclass(frozen=True)
class PublicSet:
    """A public intent set.

    Attributes:
        name: Its name.
        train: Messages with their intents.
        test: The same, unseen.
        foreign: Messages of no intent, if the set has them.
    """

    name: str
    train: Labelled
    test: Labelled
    foreign: Labelled


def banking77(folder: Path) -> PublicSet:
    """Reads BANKING77 (Casanueva et al. 2020)."""

    def rows(part: str) -> Labelled:
        with (folder / f"banking77_{part}.csv").open(encoding="utf-8") as file:
            return [(row["text"], row["category"]) for row in csv.DictReader(file)]

    return PublicSet("banking77", rows("train"), rows("test"), [])


def clinc150(folder: Path) -> PublicSet:
    """Reads CLINC150 (Larson et al. 2019); its out-of-scope messages are not trained on."""
    parts = json.loads((folder / "clinc150.json").read_text(encoding="utf-8"))
    read = {name: [(text, label) for text, label in rows] for name, rows in parts.items()}
    return PublicSet("clinc150", read["train"], read["test"], read["oos_test"])


def write_nlu_yaml(examples: Labelled, file: Path) -> None:
    """Writes messages as Rasa training data; brackets and braces would be read as annotations."""
    by_intent: dict[str, list[str]] = {}
    plain = str.maketrans("[]{}\n", "()()\u0020")
    for text, label in examples:
        by_intent.setdefault(label.replace("/", "_"), []).append(text.translate(plain).strip())
    intents = [
        {"intent": name, "examples": "".join(f"- {text}\n" for text in texts)}
        for name, texts in by_intent.items()
    ]
    file.write_text(
        yaml.safe_dump({"version": "3.1", "nlu": intents}, allow_unicode=True), encoding="utf-8"
    )
