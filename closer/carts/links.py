"""Checkout links: a signed, expiring token that names a cart."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import jwt

from closer.carts.records import CheckoutLink
from closer.kit.errors import NotAuthenticated
from closer.kit.settings import Settings

LINK_TTL = timedelta(hours=24)
_ALGORITHM = "HS256"
_AUDIENCE = "checkout"


def make_link(settings: Settings, cart_id: str, now: datetime) -> CheckoutLink:
    """Return a link at which a cart can be ordered for a day."""
    expires = now + LINK_TTL
    claims = {"aud": _AUDIENCE, "sub": cart_id, "exp": int(expires.timestamp())}
    token = jwt.encode(claims, settings.secret_key.get_secret_value(), algorithm=_ALGORITHM)
    return CheckoutLink(f"{settings.public_url}/checkout#{token}", token, expires)


def cart_of(settings: Settings, token: str, now: datetime) -> str:
    """Return the cart that a link's token names.

    Raises:
        NotAuthenticated: `checkout_invalid` if it is forged, `checkout_expired` if its time is over.
    """
    try:
        claims = jwt.decode(
            token,
            settings.secret_key.get_secret_value(),
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"require": ["sub", "exp"], "verify_exp": False},
        )
        expires = datetime.fromtimestamp(int(claims["exp"]), timezone.utc)
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise NotAuthenticated("the link is not valid", code="checkout_invalid") from error
    if expires <= now:
        raise NotAuthenticated("the link has expired", code="checkout_expired")
    return str(claims["sub"])
