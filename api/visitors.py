"""A visitor who signs in takes along what was said, put in the cart and asked for."""

from __future__ import annotations

from api.gateway import Gateway
from closer.kit.errors import CloserError, Conflict, NotAuthenticated
from closer.kit.logging import get_logger
from closer.security.roles import Role
from closer.security.tokens import Claims

_log = get_logger(__name__)


async def visitor_of(gateway: Gateway, visitor_token: str) -> Claims | None:
    """Return the claims of a visitor's token; None if it is nobody's or somebody else's."""
    try:
        claims = await gateway.services.accounts.claims_of(visitor_token)
    except NotAuthenticated as error:
        _log.info("visitor_not_joined", code=error.code)
        return None
    return claims if claims.role is Role.VISITOR and claims.conversation_id else None


async def join_visitor(gateway: Gateway, visitor_token: str, conversation_id: str) -> None:
    """Merge a visitor into a customer and end the visitor's session.

    A token that does not hold is passed over: signing in matters more.
    """
    claims = await visitor_of(gateway, visitor_token)
    if claims is not None and claims.conversation_id is not None:
        await gateway.services.accounts.logout(claims)
        await merge_visitor(gateway, claims.conversation_id, conversation_id)


async def merge_visitor(gateway: Gateway, visitor_id: str, customer_id: str) -> None:
    """Hand conversation, cart and tickets of a visitor over to the customer that the visitor turned out to be.

    What was asked for is kept and carried out in the Rasa process, now or when that is back: signing in does not wait.
    """
    services = gateway.services
    try:
        await services.joins.ask(visitor_id, customer_id)
    except Conflict as error:
        _log.warning("visitor_not_joined", code=error.code)
        return
    try:
        await services.turns.join(visitor_id)
    except CloserError as error:
        _log.warning("visitor_joined_later", code=error.code)
    gateway.hub.nudge(visitor_id)
    gateway.hub.nudge(customer_id)
