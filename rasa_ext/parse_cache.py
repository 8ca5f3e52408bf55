"""What a model made of short messages, kept for the next time that somebody writes the same: "yes", "where is my order"."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Any

#: Messages up to this length are kept; longer ones hardly come twice.
_LONGEST = 64
_MOST = 2048


class ParseCache:
    """Belongs to one loaded model, so another version never answers for it. Least recently used go first.

    A message in which values were found is not kept: it is personal, hardly comes twice, and "tomorrow" is another day then.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self.hits = 0

    def get(self, text: str) -> dict[str, Any] | None:
        """Return what the model made of a text, a copy of its own; None if it is not known."""
        found = self._kept.get(text)
        if found is None:
            return None
        self._kept.move_to_end(text)
        self.hits += 1
        return copy.deepcopy(found)

    def put(self, text: str, parsed: dict[str, Any]) -> None:
        """Keep what the model made of a text, unless it is long, an intent in disguise, or holds any value."""
        entities = parsed.get("entities") or []
        if len(text) > _LONGEST or text.startswith("/") or entities:
            return
        self._kept[text] = copy.deepcopy(parsed)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
