"""Puts what was measured into docs/performance.md, between its marks: table, plots, counts of other runs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import plot, table
from benchmarks.results import Results

BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
_TITLES = {
    "turn": ("A turn by the length of its conversation", "turn", "ms"),
    "throughput": ("Messages a second", "conversations at once", "messages/s"),
}


def write(doc: Path, results: Results, order: Sequence[str], counts: dict[str, Path]) -> None:
    """Replace the block between the marks.

    Args:
        doc: The page; its plots go into `images` beside it.
        results: What was measured.
        order: The parts as they follow one another.
        counts: By title: files with the counts of other runs, as JSON or as text.

    Raises:
        ValueError: if the page lacks the marks.
    """
    text = doc.read_text("utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{doc.name} has no place for the figures")
    pictures = []
    for name, lines in results.plots(order).items():
        title, across, up = _TITLES[name]
        file = doc.parent / "images" / f"performance-{name}.svg"
        plot(file, title, across, up, lines)
        pictures.append(f"![{title}](images/{file.name})")
    others = [said for title, path in counts.items() if (said := told(title, path))]
    block = "\n\n".join(
        [BEGIN, results.note(order), table(results.rows(order)), *pictures, *others, END]
    )
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    doc.write_text(before + block + after, "utf-8")


def told(title: str, path: Path) -> str:
    """Return the counts of a file under a title; empty if there is no such file."""
    if not path.exists():
        return ""
    text = path.read_text("utf-8").strip()
    try:
        counts: Any = json.loads(text)
    except ValueError:
        return f"{title}:\n\n```\n{text}\n```"
    if not isinstance(counts, dict):
        return f"{title}: {text}"
    rows = [f"| {name.replace('_', ' ')} | {_plain(value)} |" for name, value in counts.items()]
    return "\n".join([f"| {title} | |", "|---|---|", *rows])


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items()) or "none"
    return re.sub(r"\s+", " ", str(value)).replace("|", "/")
