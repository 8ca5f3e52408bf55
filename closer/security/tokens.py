"""Bearer tokens: signed claims (JWT, HS256, RFC 7519) about a caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import jwt

from closer.kit.clock import Clock, SystemClock
from closer.kit.errors import NotAuthenticated, NotPermitted
from closer.kit.ids import new_id
from closer.kit.settings import Settings
from closer.security.roles import PERMISSIONS, Permission, Role

_ALGORITHM = "HS256"
_ISSUER = "closer"


@dataclass(frozen=True)
class Claims:
    """What a valid token says.

    Attributes:
        subject: The account's or service's id.
        role: The caller's role.
        customer_id: The customer that the token is of; for role customer only.
        conversation_id: The caller's own conversation: the customer's or visitor's id; None for staff and services.
        token_id: The token's own id, by which it can be revoked.
        expires_at: When it ends.
    """

    subject: str
    role: Role
    customer_id: str | None
    conversation_id: str | None
    token_id: str
    expires_at: datetime

    def allows(self, permission: Permission) -> bool:
        """Say whether the role carries the permission."""
        return permission in PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Insist on a permission.

        Raises:
            NotPermitted: if the role lacks it.
        """
        if not self.allows(permission):
            raise NotPermitted(f"this needs the permission {permission.value}")

    def require_customer(self, customer_id: str) -> None:
        """Insist on access to a customer's records: one's own, or any for staff and services.

        Raises:
            NotPermitted: if they are another person's.
        """
        if self.allows(Permission.CUSTOMERS_ANY):
            return
        if self.allows(Permission.CUSTOMERS_OWN) and self.customer_id == customer_id:
            return
        raise NotPermitted("these are another customer's records")


def issue_token(
    settings: Settings,
    *,
    role: Role | str,
    subject: str | None = None,
    customer_id: str | None = None,
    ttl_s: int | None = None,
    clock: Clock | None = None,
) -> str:
    """Return a signed access token.

    Args:
        settings: Holds the signing key.
        role: The caller's role.
        subject: The account's id; by default the customer's, or the role's name for staff and services.
        customer_id: Needed for role customer.
        ttl_s: Seconds until it expires; by default what the settings say for the role.
        clock: The time.

    Raises:
        ValueError: if a customer's token names no customer.
    """
    role = Role(role)
    if role is Role.CUSTOMER and not customer_id:
        raise ValueError("a customer's token needs a customer_id")
    own = role in (Role.CUSTOMER, Role.VISITOR)
    subject = subject or customer_id or (new_id("vis") if role is Role.VISITOR else role.value)
    now = (clock or SystemClock()).now()
    ttl = ttl_s or (settings.access_token_ttl_s if own else settings.service_token_ttl_s)
    claims = {
        "iss": _ISSUER,
        "sub": subject,
        "role": role.value,
        "cid": customer_id if role is Role.CUSTOMER else None,
        "jti": new_id("tok"),
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(seconds=ttl)).timestamp()),
    }
    return jwt.encode(claims, settings.secret_key.get_secret_value(), algorithm=_ALGORITHM)


def verify_token(settings: Settings, token: str, clock: Clock | None = None) -> Claims:
    """Check a token's signature, issuer and time.

    Raises:
        NotAuthenticated: if it is forged, malformed or expired (code `token_expired`).
    """
    try:
        data = jwt.decode(
            token,
            settings.secret_key.get_secret_value(),
            algorithms=[_ALGORITHM],
            issuer=_ISSUER,
            options={
                "require": ["sub", "role", "jti", "exp"],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
        role = Role(data["role"])
        expires = datetime.fromtimestamp(int(data["exp"]), timezone.utc)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise NotAuthenticated("the token is not valid") from error
    if expires <= (clock or SystemClock()).now():
        raise NotAuthenticated("the token has expired", code="token_expired")
    customer_id = data.get("cid") if role is Role.CUSTOMER else None
    own = customer_id or (data["sub"] if role is Role.VISITOR else None)
    return Claims(data["sub"], role, customer_id, own, data["jti"], expires)
