"""Schemas of sign-in."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from api.v1.schemas.base import Body, Schema
from api.v1.schemas.types import Line, PatternStr, Secret
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


class RegisterBody(Body):
    """Who wants an account; with `visitor_token` the visitor's conversation and cart become the account's."""

    name: Line
    email: Email
    password: NewPassword
    visitor_token: Secret | None = None
    example = {
        "name": "Nora Field",
        "email": "nora@example.org",
        "password": "a phrase of one's own",
    }


class EmailBody(Body):
    """An address to which a link is to be sent."""

    email: Email
    example = {"email": "user@example.com"}


class ConfirmBody(Body):
    """The token of the link in the mail, and the password that was chosen on registering."""

    token: Secret
    password: Secret
    example = {"token": "the part of the link after #", "password": "a phrase of one's own"}


class PasswordChangeBody(Body):
    """The password of now, and the one to be."""

    old_password: Secret
    new_password: NewPassword
    example = {"old_password": "northlight-demo", "new_password": "a new pass phrase"}


class MailSent(Schema):
    """That a mail goes out, if the address allows it; the answer is the same for every address."""

    state: Literal["mail_sent"] = "mail_sent"
    example = {"state": "mail_sent"}


class CustomerName(Schema):
    """Whom the token is of."""

    customer_id: str
    name: str


class Me(Schema):
    """Who the caller is."""

    subject: str
    role: Role
    customer: CustomerName | None = Field(None, description="null for visitors, staff and services")
    email: str | None = Field(None, description="the address of the customer's sign-in, if any")
    verified: bool = Field(False, description="whether that address is proven")
    expires_at: datetime = Field(..., description="when the token ends")


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
