"""What text may hold, whichever door it comes through."""

from __future__ import annotations

import re

#: Inside of brackets of a pattern. No NUL and other control characters: they cannot be stored or shown.
CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
#: Half of a surrogate pair cannot be stored or shown either.
SURROGATE = re.compile("[\ud800-\udfff]")
#: An identifier that somebody else gives: 1 to 128 plain characters.
ID = r"[A-Za-z0-9][A-Za-z0-9_.:@+#\-]{0,127}"

_UNCLEAN = re.compile(rf"[{CONTROL}\ud800-\udfff]")


def is_clean(text: str) -> bool:
    """Say whether a text can be stored and shown: it holds no control characters and no broken ones."""
    return _UNCLEAN.search(text) is None
