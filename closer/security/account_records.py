"""What is known of those who can sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from closer.kit.columns import process_cipher
from closer.security.roles import Role


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in."""

    account_id: str
    email: str
    role: Role
    customer_id: str | None
    verified: bool
    created_at: datetime
    state: str


class ResetTokens(Protocol):
    """Turns the single-use token of a password-reset link into the account it is for."""

    async def reset_is_valid(self, token: str) -> bool:
        """Say whether the token would be accepted."""
        ...

    async def consume_reset(self, token: str) -> str:
        """Use the token up and return the account's id; raises a `CloserError` if it does not hold."""
        ...


def email_hash(email: str) -> str:
    """Return the keyed hash by which a sign-in address is found."""
    return process_cipher().lookup_hash(f"accounts.email:{email.strip().casefold()}")
