"""Passwords: argon2id hashes (RFC 9106), made off the event loop, and the rule for a new one."""

from __future__ import annotations

import asyncio
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from closer.kit.errors import InvalidInput

MIN_CHARS = 10
MAX_CHARS = 128  # a longer one only costs time

# OWASP's first choice: 19 MiB, two passes, one lane; about 30 ms here. At most two at a time keep the machine alive.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = 2
_slots: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password; takes tens of milliseconds, see `hash_in_thread`."""
    return _hasher.hash(password)


def matches(password_hash: str, password: str) -> bool:
    """Say whether a password fits a hash; takes tens of milliseconds, see `matches_in_thread`."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


async def hash_in_thread(password: str) -> str:
    """Hash without holding up the event loop."""
    async with _slot():
        return await asyncio.to_thread(hash_password, password)


async def matches_in_thread(password_hash: str | None, password: str) -> bool:
    """Check without holding up the event loop; without a hash it takes as long and says no."""
    async with _slot():
        if password_hash is None:
            await asyncio.to_thread(matches, _nobodys_hash(), password)
            return False
        return await asyncio.to_thread(matches, password_hash, password)


def check_new_password(password: str) -> None:
    """Refuse a new password that is too short, too long, or has characters that cannot be typed again.

    Raises:
        InvalidInput: code `weak_password`.
    """
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise InvalidInput(
            f"a password has {MIN_CHARS} to {MAX_CHARS} characters", code="weak_password"
        )
    if not password.isprintable() or len(set(password)) < 4:
        raise InvalidInput(
            "a password needs at least 4 different, printable characters", code="weak_password"
        )


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hash_password("nobody has this password")


def _slot() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    for gone in [known for known in _slots if known.is_closed()]:
        del _slots[gone]
    return _slots.setdefault(loop, asyncio.Semaphore(_AT_ONCE))
