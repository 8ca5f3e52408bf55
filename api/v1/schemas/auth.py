"""Schemas of sign-in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from api.v1.schemas.base import Body, Schema
from api.v1.schemas.types import PatternStr, Secret
from closer.security.passwords import MAX_CHARS, MIN_CHARS
from closer.security.roles import Role
from closer.security.sessions import TokenPair

_TOKEN = "eyJhbGciOiJIUzI1NiIs..."  # noqa: S105 - an example


class Email(PatternStr):
    """An e-mail address to sign in with."""

    pattern = r"[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+"
    min_length, max_length = 3, 254
    what = "must be an e-mail address"


class NewPassword(PatternStr):
    """A password to be."""

    pattern = r"[^\x00-\x1f\x7f]+"
    min_length, max_length = MIN_CHARS, MAX_CHARS
    what = "must not hold control characters"


class LoginBody(Body):
    """Who signs in; `visitor_token` joins what was said before as a visitor on the same page."""

    email: Email
    password: Secret
    visitor_token: Secret | None = None
    example = {"email": "user@example.com", "password": "northlight-demo"}


class RefreshBody(Body):
    """The refresh token of the pair to renew."""

    refresh_token: Secret
    example = {"refresh_token": "rt_..."}


class VisitorBody(Body):
    """Nothing to say."""

    example: ClassVar[dict[str, Any] | None] = {}


class PasswordResetBody(Body):
    """The token of a reset link, and the new password."""

    token: Secret
    new_password: NewPassword
    example = {"token": "the part of the link after #", "new_password": "a new pass phrase"}


class CustomerName(Schema):
    """Whom the token is of."""

    customer_id: str
    name: str


class Tokens(Schema):
    """A pair of tokens; the refresh token works once."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_at: datetime
    refresh_token: str
    role: Role
    customer: CustomerName | None = Field(None, description="null for visitors and staff")
    example = {
        "access_token": _TOKEN,
        "token_type": "Bearer",
        "expires_at": "2026-01-31T12:30:00Z",
        "refresh_token": "rt_...",
        "role": "customer",
        "customer": {"customer_id": "user123", "name": "Mara Lindqvist"},
    }

    @classmethod
    def of(cls, pair: TokenPair, name: str | None) -> Tokens:
        """Return the schema of a pair."""
        claims = pair.claims
        customer = (
            CustomerName(customer_id=claims.customer_id, name=name or "")
            if claims.customer_id
            else None
        )
        return cls(
            access_token=pair.access_token,
            expires_at=claims.expires_at,
            refresh_token=pair.refresh_token,
            role=claims.role,
            customer=customer,
        )


class DemoCustomer(Schema):
    """A demo customer to sign in as."""

    customer_id: str
    name: str
    email: str
    account_type: str
    orders: int
    password: str
    example = {
        "customer_id": "user123",
        "name": "Mara Lindqvist",
        "email": "mara@example.org",
        "account_type": "gold",
        "orders": 7,
        "password": "northlight-demo",
    }
