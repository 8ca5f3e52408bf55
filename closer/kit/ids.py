"""Identifiers: opaque strings that sort by the time they were made (ULID)."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time

from ulid import ULID

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@+#-]{0,127}")


#: As long as the columns are that hold idempotency keys.
MAX_KEY_CHARS = 160

_RANDOM_BITS = 80
_last = 0
_one_at_a_time = threading.Lock()


def new_id(prefix: str = "") -> str:
    """Return a fresh id, `<prefix>_<26 characters>`, sortable by creation time.

    Those of one process sort in the order in which they were made, also within a millisecond.

    Args:
        prefix: What it names, e.g. `tkt`; none for a bare ULID.
    """
    global _last  # noqa: PLW0603 - the order of a process's ids
    moment = time.time_ns() // 1_000_000 << _RANDOM_BITS
    fresh = moment | int.from_bytes(os.urandom(_RANDOM_BITS // 8), "big")
    with _one_at_a_time:
        _last = max(fresh, _last + 1)
        value = str(ULID.from_int(_last))
    return f"{prefix}_{value}" if prefix else value


def is_safe_id(value: str) -> bool:
    """Say whether a foreign identifier has an acceptable shape (1 to 128 plain characters)."""
    return _SAFE.fullmatch(value) is not None


def fitted_key(key: str) -> str:
    """Return an idempotency key as it is stored: itself, or a digest in place of its end if it is too long.

    Ids of conversations and messages come from outside and may have 128 and 150 characters.
    """
    if len(key) <= MAX_KEY_CHARS:
        return key
    digest = hashlib.sha256(key.encode(errors="replace")).hexdigest()
    return f"{key[: MAX_KEY_CHARS - len(digest) - 1]}#{digest}"
