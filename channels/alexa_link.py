"""Whose an Alexa user is: the account's token says it, and the customer's addresses are kept as true as that."""

from __future__ import annotations

from channels.alexa_request import AlexaRequest
from closer.kit.errors import CloserError, NotAuthenticated
from closer.kit.logging import get_logger
from closer.security.roles import Role
from closer.security.tokens import verify_token
from closer.services import Services

_log = get_logger(__name__)
_BY = "alexa"


class AlexaLinks:
    """Reads and keeps the links of accounts.

    Args:
        services: The domain.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def customer(self, asked: AlexaRequest) -> str | None:
        """Return whose linked account it is; a token that is over or void counts as none.

        What is kept follows: a token that holds links the user to its customer and to nobody else, one that is void or
        missing ends the link. One that is merely over is Alexa's to renew and changes nothing.
        """
        if asked.token is None:
            await self._keep(asked.user_id, None)
            return None
        try:
            claims = verify_token(self._services.settings, asked.token, self._services.clock)
        except NotAuthenticated:
            return None
        if claims.role is not Role.CUSTOMER or claims.customer_id is None:
            return None
        revoked = await self._services.accounts.is_revoked(claims.token_id)
        await self._keep(asked.user_id, None if revoked else claims.customer_id)
        return None if revoked else claims.customer_id

    async def _keep(self, user_id: str, customer_id: str | None) -> None:
        """Keep to whom a user is linked; what fails here costs nobody the answer."""
        addresses = self._services.addresses
        try:
            for former in set(await addresses.owners("alexa", user_id)) - {customer_id}:
                await addresses.unlink(former, "alexa", user_id, by=_BY)
            if customer_id is not None:
                await addresses.link(customer_id, "alexa", user_id, by=_BY)
        except CloserError as error:
            _log.warning("alexa_link_not_kept", reason=error.code)
