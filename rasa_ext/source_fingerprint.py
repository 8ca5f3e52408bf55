"""Makes Rasa train a component anew when any code of its package has changed, not just its own class.

Rasa keeps what it has trained in `.rasa/cache` and takes it from there while the configuration, the data and the source of the
component's class are the same (`rasa.engine.training.fingerprinting`). Here the class is thin and the work is done by its
neighbours: without this, a change of theirs would come to nothing until the cache is deleted.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
from pathlib import Path
from typing import Any


class FingerprintedByPackage:
    """Adds its package's code to a component's fingerprint; to be named before the component's class."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return a digest of the code in the folder of the component's class."""
        return package_digest(Path(inspect.getfile(cls)).parent)


@functools.lru_cache(maxsize=8)
def package_digest(folder: Path) -> str:
    """Return a digest of the Python files in a folder and below."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
