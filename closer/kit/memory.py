"""Garbage collection of a server process: what it has loaded once is not looked through again and again."""

from __future__ import annotations

import gc

_YOUNG, _MIDDLE, _OLD = 20_000, 20, 50


def settle() -> None:
    """Take everything that exists now for lasting: to be called when a process has loaded what it serves with.

    A full collection looks at every object; with a million of them from libraries and models it stops all
    conversations for a fifth of a second. Afterwards only what came later is looked at, and less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
