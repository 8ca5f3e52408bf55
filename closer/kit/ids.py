"""Identifiers: opaque strings that sort by the time they were made (ULID)."""

from __future__ import annotations

import re

from ulid import ULID

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@+#-]{0,127}")


def new_id(prefix: str = "") -> str:
    """Return a fresh id, `<prefix>_<26 characters>`, sortable by creation time.

    Args:
        prefix: What it names, e.g. `tkt`; none for a bare ULID.
    """
    value = str(ULID())
    return f"{prefix}_{value}" if prefix else value


def is_safe_id(value: str) -> bool:
    """Say whether a foreign identifier has an acceptable shape (1 to 128 plain characters)."""
    return _SAFE.fullmatch(value) is not None
