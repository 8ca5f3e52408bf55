"""Writes `0001_initial` afresh from the tables as they are: `python -m migrations.regenerate` (until the first release)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config

from closer.kit.settings import ROOT

VERSIONS = ROOT / "migrations" / "versions"
INITIAL = "0001"


def regenerate(versions: Path = VERSIONS) -> Path:
    """Replace the initial migration; there must be no other yet.

    Raises:
        RuntimeError: if later migrations build on it.
    """
    others = [path.name for path in versions.glob("*.py") if not path.name.startswith(INITIAL)]
    if others:
        raise RuntimeError(f"later migrations build on it: {', '.join(others)}")
    versions.mkdir(parents=True, exist_ok=True)
    for old in versions.glob(f"{INITIAL}*.py"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        config = Config(str(ROOT / "alembic.ini"))
        config.set_main_option("version_locations", str(versions))
        config.attributes["url"] = f"sqlite:///{scratch}/empty.sqlite3"
        command.revision(config, message="initial", autogenerate=True, rev_id=INITIAL)
    return versions / f"{INITIAL}_initial.py"


if __name__ == "__main__":
    print(regenerate())  # noqa: T201 - a command's answer
