"""Names of claims, which tell whether the process that holds one still lives: its work need not wait for the lease."""

from __future__ import annotations

import os
import secrets
import socket

from closer.kit.ids import new_id

_HOST = socket.gethostname()[:40]
_BORN = secrets.token_hex(4)


def new_claim() -> str:
    """Return the name of a new claim of this process."""
    return f"{_HOST}/{os.getpid()}/{_BORN}/{new_id()}"


def holder_is_dead(claim: str) -> bool:
    """Say whether the process behind a claim is known to be gone: one of this host that runs no more.

    Of other hosts' processes nothing is known; theirs ends with the lease.
    """
    host, _, rest = claim.partition("/")
    pid, _, rest = rest.partition("/")
    if host != _HOST or not pid.isdecimal():
        return False
    if (
        int(pid) == os.getpid()
    ):  # ours, or that of a predecessor with the same number (in a container)
        return rest.partition("/")[0] != _BORN
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
