"""Sign in, renew, sign out; who one is; a new password."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.deps import Allow, Anyone, GatewayDep, ServicesDep, SignedIn
from api.v1.schemas.auth import (
    CustomerName,
    EmailBody,
    LoginBody,
    MailSent,
    Me,
    PasswordChangeBody,
    PasswordResetBody,
    RefreshBody,
    Tokens,
    VisitorBody,
)
from api.v1.tokens import tokens_of
from api.visitors import join_visitor
from closer.kit.errors import NotAuthenticated, NotFound, NotPermitted, TooManyRequests
from closer.security.roles import Permission
from closer.security.tokens import Claims

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/login", dependencies=[Depends(Anyone(per_minute=60))])
async def login(body: LoginBody, gateway: GatewayDep) -> Tokens:
    """Sign in; with `visitor_token` the visitor's conversation becomes the customer's."""
    services = gateway.services
    try:
        pair = await services.accounts.login(body.email, body.password)
    except NotAuthenticated:
        if await services.registration.is_waiting(body.email, body.password):
            raise NotPermitted(
                "open the link in our e-mail first", code="email_not_verified"
            ) from None
        raise
    if body.visitor_token is not None and pair.claims.conversation_id is not None:
        await join_visitor(gateway, body.visitor_token, pair.claims.conversation_id)
    return await tokens_of(services, pair)


@router.post("/visitor", dependencies=[Depends(Anyone(per_minute=60))])
async def visitor(services: ServicesDep, body: VisitorBody | None = None) -> Tokens:
    """Begin as an anonymous visitor with a conversation of one's own."""
    return await tokens_of(services, await services.accounts.visitor())


@router.post("/refresh", dependencies=[Depends(Anyone(per_minute=120))])
async def refresh(body: RefreshBody, services: ServicesDep) -> Tokens:
    """Exchange a refresh token, once, for a new pair."""
    return await tokens_of(services, await services.accounts.refresh(body.refresh_token))


@router.get("/me")
async def me(caller: Annotated[Claims, Depends(SignedIn())], services: ServicesDep) -> Me:
    """Tell who the caller is."""
    customer_id = caller.customer_id
    customer = await services.customers.find(customer_id) if customer_id else None
    account = await services.accounts.find_by_customer(customer_id) if customer_id else None
    return Me(
        subject=caller.subject,
        role=caller.role,
        customer=CustomerName(customer_id=customer.id, name=customer.name) if customer else None,
        email=account.email if account else None,
        verified=account is not None and account.verified,
        expires_at=caller.expires_at,
    )


@router.post("/logout", status_code=204)
async def logout(caller: Annotated[Claims, Depends(SignedIn())], gateway: GatewayDep) -> Response:
    """End the session: its tokens are void, its sockets are closed."""
    await gateway.services.accounts.logout(caller)
    if caller.conversation_id is not None:
        gateway.hub.nudge(caller.conversation_id)
    return Response(status_code=204)


@router.post("/password")
async def change_password(
    body: PasswordChangeBody,
    caller: Annotated[Claims, Depends(Allow(Permission.CUSTOMERS_OWN, per_minute=5))],
    gateway: GatewayDep,
) -> Tokens:
    """Set a new password by the old one; every session ends, and a new one begins here."""
    services = gateway.services
    account = await services.accounts.find_by_customer(str(caller.customer_id))
    if account is None:
        raise NotFound("this customer has no sign-in", code="no_account")
    await services.accounts.change_password(
        account.account_id, body.old_password, body.new_password
    )
    gateway.hub.nudge(str(caller.conversation_id))
    return await tokens_of(services, await services.accounts.open_session(account))


@router.post(
    "/password-reset-request", status_code=202, dependencies=[Depends(Anyone(per_minute=10))]
)
async def request_reset(body: EmailBody, services: ServicesDep) -> MailSent:
    """Send a link for a new password, if somebody signs in with this address."""
    account = await services.accounts.find_by_email(body.email)
    if account is not None:
        customer = (
            await services.customers.find(account.customer_id) if account.customer_id else None
        )
        with suppress(TooManyRequests):  # the answer must not tell that the address is known
            await services.verification.request_reset(
                account.account_id, account.email, customer.first_name if customer else None
            )
    return MailSent()


@router.post("/password-reset", status_code=204, dependencies=[Depends(Anyone(per_minute=20))])
async def reset_password(body: PasswordResetBody, services: ServicesDep) -> Response:
    """Set a new password with the token of a reset link; every session of the account ends."""
    await services.accounts.consume_reset(services.verification, body.token, body.new_password)
    return Response(status_code=204)
