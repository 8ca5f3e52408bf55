"""What handlers ask for: the services, and the caller with the permission that the operation needs.

Every operation declares who may use it in its signature, and nowhere else:

    caller: Annotated[Claims, Depends(Allow(Permission.CHAT_OWN, per_minute=30))]

or, for operations before sign-in, `Depends(Anyone(per_minute=10))` in the decorator's `dependencies`.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.gateway import Gateway, gateway_of
from closer.kit.errors import NotAuthenticated, NotPermitted
from closer.security.ratelimit import Limit
from closer.security.roles import Permission, Role
from closer.security.tokens import Claims
from closer.services import Services

bearer = HTTPBearer(auto_error=False, scheme_name="token", description="An access token")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


async def services_of(request: Request) -> Services:
    """Return the services."""
    return gateway_of(request).services


async def _gateway_of(request: Request) -> Gateway:
    return gateway_of(request)


ServicesDep = Annotated[Services, Depends(services_of)]
GatewayDep = Annotated[Gateway, Depends(_gateway_of)]


def caller_address(request: Request) -> str:
    """Return the network address of a caller; the server has settled forwarding headers of trusted proxies."""
    return request.client.host if request.client else "unknown"


def operation_of(request: Request) -> str:
    """Return the operation's stable name: method and route."""
    route = request.scope.get("route")
    return f"{request.method} {getattr(route, 'path', '')}"


class Allow:
    """Lets in callers who have one of the permissions, so many times a minute each.

    Args:
        any_of: The permissions, of which one is enough.
        per_minute: Calls a minute for each caller; services and staff get ten times as many.
    """

    def __init__(self, *any_of: Permission, per_minute: int = 120) -> None:
        self.any_of = any_of
        self.per_minute = per_minute

    async def __call__(self, request: Request, credentials: _Credentials) -> Claims:
        """Return the caller."""
        if credentials is None:
            raise NotAuthenticated("a bearer token is needed")
        gateway = gateway_of(request)
        claims = await gateway.services.accounts.claims_of(credentials.credentials)
        request.scope["caller_role"] = claims.role.value
        if not any(claims.allows(permission) for permission in self.any_of):
            needed = " or ".join(permission.value for permission in self.any_of)
            raise NotPermitted(f"this needs the permission {needed}")
        people = claims.role in (Role.VISITOR, Role.CUSTOMER)
        limit = Limit(self.per_minute if people else self.per_minute * 10)
        await gateway.limiter.require(operation_of(request), claims.subject, limit)
        return claims


class Anyone:
    """Lets everybody in, so many times a minute from each network address."""

    def __init__(self, per_minute: int = 60) -> None:
        self.per_minute = per_minute

    async def __call__(self, request: Request) -> None:
        """Count the call."""
        limiter = gateway_of(request).limiter
        await limiter.require(
            operation_of(request), caller_address(request), Limit(self.per_minute)
        )


class SignedIn(Allow):
    """Lets in every caller with a token that holds, whatever the role."""

    def __init__(self, per_minute: int = 120) -> None:
        super().__init__(*Permission, per_minute=per_minute)


class Caller:
    """Tells who calls where everybody may: None without a token. One that does not hold is refused."""

    async def __call__(self, request: Request, credentials: _Credentials) -> Claims | None:
        """Return the caller."""
        if credentials is None:
            return None
        claims = await gateway_of(request).services.accounts.claims_of(credentials.credentials)
        request.scope["caller_role"] = claims.role.value
        return claims


class Local:
    """Lets in whoever calls from this machine itself, not by way of a proxy; others as `otherwise` says.

    Args:
        otherwise: What others need.
    """

    def __init__(self, otherwise: Allow) -> None:
        self.otherwise = otherwise

    async def __call__(self, request: Request, credentials: _Credentials) -> None:
        """Check where the call comes from."""
        forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via"))
        if forwarded or caller_address(request) not in ("127.0.0.1", "::1"):
            await self.otherwise(request, credentials)
