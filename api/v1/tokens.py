"""The answer of every way to sign in."""

from __future__ import annotations

from api.v1.schemas.auth import Tokens
from closer.security.sessions import TokenPair
from closer.services import Services


async def tokens_of(services: Services, pair: TokenPair) -> Tokens:
    """Return a pair of tokens with the customer's name."""
    customer_id = pair.claims.customer_id
    customer = await services.customers.find(customer_id) if customer_id else None
    return Tokens.of(pair, customer.name if customer else None)
