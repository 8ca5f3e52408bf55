"""Reads the seed's data files: sections in brackets, `;` starts a comment."""

from __future__ import annotations

from pathlib import Path

_DATA = Path(__file__).parent / "data"


def sections(name: str) -> dict[str, list[str]]:
    """Return a file's lines by section; lines before the first section are under the empty name."""
    found: dict[str, list[str]] = {"": []}
    current = ""
    for line in (_DATA / name).read_text("utf-8").splitlines():
        text = line.strip()
        if not text or text.startswith(";"):
            continue
        if text.startswith("[") and text.endswith("]"):
            current = text[1:-1]
            found[current] = []
        else:
            found[current].append(text)
    return found


def listed(text: str, separator: str = ",") -> list[str]:
    """Return the parts of a list, trimmed; none for an empty text."""
    return [part.strip() for part in text.split(separator) if part.strip()]
