"""Register: a link goes to the address, and who opens it and knows the password has an account."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.deps import Anyone, GatewayDep, ServicesDep
from api.v1.schemas.auth import ConfirmBody, EmailBody, MailSent, RegisterBody, Tokens
from api.v1.tokens import tokens_of
from api.visitors import merge_visitor, visitor_of
from closer.kit.errors import Conflict, InvalidInput

router = APIRouter(prefix="/auth", tags=["auth"])


@router.post("/register", status_code=202, dependencies=[Depends(Anyone(per_minute=10))])
async def register(body: RegisterBody, gateway: GatewayDep) -> MailSent:
    """Send a link that confirms the address; the answer is the same if there is an account already."""
    claims = await visitor_of(gateway, body.visitor_token) if body.visitor_token else None
    try:
        await gateway.services.registration.register(
            name=body.name,
            email=body.email,
            password=body.password,
            visitor_id=claims.conversation_id if claims else None,
        )
    except InvalidInput as error:
        # It has the right shape (the schema saw to that), but cannot be used: aaaaaaaaaaaa, or an address of nowhere.
        code = error.code if error.code != InvalidInput.code else "contact_not_usable"
        raise Conflict(error.detail, code=code, **error.extra) from error
    return MailSent()


@router.post("/verification", status_code=202, dependencies=[Depends(Anyone(per_minute=10))])
async def send_again(body: EmailBody, services: ServicesDep) -> MailSent:
    """Send the confirmation link again, if a registration waits for it."""
    await services.registration.send_again(body.email)
    return MailSent()


@router.post("/verify-email", dependencies=[Depends(Anyone(per_minute=20))])
async def verify_email(body: ConfirmBody, gateway: GatewayDep) -> Tokens:
    """Open the account with the link's token and the chosen password, and sign in."""
    done = await gateway.services.registration.confirm(body.token, body.password)
    if done.visitor_id is not None and done.pair.claims.conversation_id is not None:
        await merge_visitor(gateway, done.visitor_id, done.pair.claims.conversation_id)
    return await tokens_of(gateway.services, done.pair)
