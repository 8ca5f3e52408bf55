"""The words of a wish to be called."""

from __future__ import annotations

import re

_CALL = re.compile(
    r"\b(appointment|call ?back|call me|phone me|ring me|give me a (call|ring)|schedule (a|an|me|the)|book (a|an|me)"
    r"|(have|let|get) (someone|somebody|a person|one of your people|an? (agent|colleague)) (to )?(call|ring|phone)|(like|want|need) a (phone )?call\b|(arrange|set up|book) (a|that|the) (phone )?call)\b",
    re.IGNORECASE,
)


def asks_for_call(text: str) -> bool:
    """Say whether a text asks for a call by appointment."""
    return _CALL.search(text) is not None
