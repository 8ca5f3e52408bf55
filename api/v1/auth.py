"""Sign in, renew, sign out, set a new password by a reset link."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.deps import Anyone, GatewayDep, ServicesDep, SignedIn
from api.v1.schemas.auth import LoginBody, PasswordResetBody, RefreshBody, Tokens, VisitorBody
from api.visitors import join_visitor
from closer.security.sessions import TokenPair
from closer.security.tokens import Claims
from closer.services import Services

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/login", dependencies=[Depends(Anyone(per_minute=60))])
async def login(body: LoginBody, gateway: GatewayDep) -> Tokens:
    """Sign in; with `visitor_token` the visitor's conversation becomes the customer's."""
    pair = await gateway.services.accounts.login(body.email, body.password)
    if body.visitor_token is not None and pair.claims.conversation_id is not None:
        await join_visitor(gateway, body.visitor_token, pair.claims.conversation_id)
    return await _tokens(gateway.services, pair)


@router.post("/visitor", dependencies=[Depends(Anyone(per_minute=60))])
async def visitor(services: ServicesDep, body: VisitorBody | None = None) -> Tokens:
    """Begin as an anonymous visitor with a conversation of one's own."""
    return await _tokens(services, await services.accounts.visitor())


@router.post("/refresh", dependencies=[Depends(Anyone(per_minute=120))])
async def refresh(body: RefreshBody, services: ServicesDep) -> Tokens:
    """Exchange a refresh token, once, for a new pair."""
    return await _tokens(services, await services.accounts.refresh(body.refresh_token))


@router.post("/logout", status_code=204)
async def logout(caller: Annotated[Claims, Depends(SignedIn())], gateway: GatewayDep) -> Response:
    """End the session: its tokens are void, its sockets are closed."""
    await gateway.services.accounts.logout(caller)
    if caller.conversation_id is not None:
        gateway.hub.nudge(caller.conversation_id)
    return Response(status_code=204)


@router.post("/password-reset", status_code=204, dependencies=[Depends(Anyone(per_minute=20))])
async def reset_password(body: PasswordResetBody, services: ServicesDep) -> Response:
    """Set a new password with the token of a reset link; every session of the account ends."""
    await services.accounts.consume_reset(services.verification, body.token, body.new_password)
    return Response(status_code=204)


async def _tokens(services: Services, pair: TokenPair) -> Tokens:
    customer_id = pair.claims.customer_id
    customer = await services.customers.find(customer_id) if customer_id else None
    return Tokens.of(pair, customer.name if customer else None)
