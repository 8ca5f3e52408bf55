"""A model's name follows from what it is made from, and from nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from scripts import train


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project."""
    for name, text in {
        "config.yml": "language: en",
        "domain.yml": "version: '3.1'",
        "data/nlu/a.yml": "a",
        "rasa_ext/nlu/head.py": "x = 1",
        "requirements.lock": "rasa==3.6.21",
        "README.md": "hello",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "config.yml",
        "domain.yml",
        "domain/orders.yml",
        "data/nlu/a.yml",
        "data/rules/new.yml",
        "rasa_ext/policies/b.py",
    ],
)
def test_sources_change_the_name(project: Path, name: str) -> None:
    before = train.model_path(project)
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("changed")
    assert train.model_path(project) != before


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "rasa_ext/__pycache__/head.pyc",
        "data/.DS_Store",
        "closer/x.py",
        "rasa_ext/x.py",
    ],
)
def test_other_files_do_not(project: Path, name: str) -> None:
    before = train.model_path(project)
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("changed")
    assert train.model_path(project) == before


def test_moving_content_between_files_changes_the_name(project: Path) -> None:
    before = train.fingerprint(project)
    (project / "data/nlu/a.yml").rename(project / "data/nlu/b.yml")
    assert train.fingerprint(project) != before


class FakeRasa:
    """Stands in for the minute-long `rasa train`."""

    def __init__(self, code: int = 0) -> None:
        self.code, self.calls = code, 0

    def __call__(
        self, command: list[str], *, stdout: Any, **_: Any
    ) -> subprocess.CompletedProcess[bytes]:
        self.calls += 1
        stdout.write(b"what Rasa said\n")
        name = command[command.index("--fixed-model-name") + 1]
        out = Path(command[command.index("--out") + 1])
        (out / f"{name}.tar.gz").write_bytes(b"model")
        return subprocess.CompletedProcess(command, self.code)


def test_trains_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rasa = FakeRasa()
    monkeypatch.setattr(train.subprocess, "run", rasa)
    first = train.ensure_model(project / "train.log", root=project)
    assert first.read_bytes() == b"model"
    assert train.ensure_model(project / "train.log", root=project) == first
    assert rasa.calls == 1
    train.ensure_model(project / "train.log", root=project, force=True)
    assert rasa.calls == 2
    assert [path.name for path in first.parent.glob("*.tar.gz")] == [first.name]


def test_failed_training_leaves_no_model_and_says_why(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train.subprocess, "run", FakeRasa(code=1))
    with pytest.raises(train.TrainingError, match="what Rasa said"):
        train.ensure_model(project / "train.log", root=project)
    assert list((project / "models").glob("*.tar.gz")) == []
