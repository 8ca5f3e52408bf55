"""What one-time codes are: challenges and the outcome of a check."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from closer.kit.errors import InvalidInput, TooManyRequests

CheckCode = Literal["ok", "wrong", "expired", "locked", "not_requested"]


@dataclass(frozen=True)
class Challenge:
    """A one-time code that was asked for.

    Attributes:
        customer_id: Whom it proves; None if only an address is proven.
        address_hash: Of the address that it went to.
        state: `pending`, `used`, `locked`, `superseded` or `expired`.
    """

    id: str
    subject: str
    customer_id: str | None
    conversation_id: str | None
    purpose: str
    channel: str
    address_hash: str
    code_hash: str = field(repr=False)
    state: str
    wrong_tries: int
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Requested:
    """What may be told about a code that was just sent.

    Attributes:
        challenge_id: By which it is checked.
        masked_address: Enough of the address to know where to look.
        resend_at: From when another may be asked for.
    """

    challenge_id: str
    channel: str
    masked_address: str
    expires_at: datetime
    resend_at: datetime


@dataclass(frozen=True)
class CheckResult:
    """What came of a code that somebody gave.

    It is returned, not raised, so that a wrong try stays counted when the caller works in a transaction.

    Attributes:
        code: `ok`, `wrong`, `expired`, `locked` or `not_requested`.
        tries_left: How many tries this challenge has left.
        retry_after_s: When locked: seconds until a new code may be asked for.
        challenge: The challenge, when ok.
    """

    code: CheckCode
    tries_left: int = 0
    retry_after_s: int = 0
    challenge: Challenge | None = None

    @property
    def ok(self) -> bool:
        """Whether the code was right."""
        return self.code == "ok"

    def require(self) -> Challenge:
        """Return the challenge of a right code.

        Raises:
            InvalidInput: with code `code_wrong`, `code_expired` or `code_not_requested`.
            TooManyRequests: with code `code_locked`.
        """
        if self.challenge is not None and self.ok:
            return self.challenge
        if self.code == "locked":
            raise TooManyRequests(
                "too many wrong codes", code="code_locked", retry_after=self.retry_after_s
            )
        raise InvalidInput(
            "the code is not valid", code=f"code_{self.code}", tries_left=self.tries_left
        )


def mask_address(address: str) -> str:
    """Return an address with most of it hidden: `a•••@example.org`, `•••• 42`."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}" if at else f"•••• {address[-2:]}"
