"""A visitor who signs in takes the conversation along."""

from __future__ import annotations

from api.deps import authenticate
from api.gateway import Gateway
from closer.kit.errors import NotAuthenticated
from closer.kit.logging import get_logger
from closer.security.roles import Role

_log = get_logger(__name__)


async def join_visitor(gateway: Gateway, visitor_token: str, conversation_id: str) -> None:
    """Merge the conversation of a visitor's token into another and end the visitor's session.

    A token that does not hold is passed over: signing in matters more.
    """
    try:
        claims = await authenticate(gateway, visitor_token)
    except NotAuthenticated as error:
        _log.info("visitor_not_joined", code=error.code)
        return
    if claims.role is not Role.VISITOR or claims.conversation_id is None:
        return
    services = gateway.services
    async with services.db.transaction():
        await services.conversations.merge(claims.conversation_id, conversation_id)
        await services.accounts.logout(claims)
    gateway.hub.nudge(claims.conversation_id)
    gateway.hub.nudge(conversation_id)
