"""Threads of a server process: whoever waits for the interpreter gets it soon."""

from __future__ import annotations

import sys

_TURN_S = 0.0005


def take_short_turns() -> None:
    """Let threads change places ten times as often as Python's 5 ms.

    A turn of a conversation gives the interpreter away at each statement and each network that it runs, some fifty times.
    While a model is being loaded in another thread, or the loop answers somebody else and a statement has come back, each
    time costs the whole of such a period.
    """
    sys.setswitchinterval(_TURN_S)
