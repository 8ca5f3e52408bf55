"""Reaching customers: what each channel offers, messages to them, going on elsewhere, their addresses and their consent."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from api.deps import Allow, GatewayDep, ServicesDep
from api.messages import check_length
from api.v1.schemas.reach import (
    AddressBody,
    AddressList,
    AddressSchema,
    AvailableAnswer,
    ChannelSchema,
    CodeBody,
    CodeSent,
    ConsentBody,
    MessageSchema,
    SendBody,
    SwitchAnswer,
    SwitchBody,
)
from api.v1.schemas.types import Id
from closer.kit.errors import Conflict, InvalidInput
from closer.security.roles import Permission, Role
from closer.security.tokens import Claims

router = APIRouter(prefix="/channels", tags=["channels"])

OwnOrAny = Annotated[Claims, Depends(Allow(Permission.CUSTOMERS_OWN, Permission.CHANNELS_SEND))]
Proving = Annotated[
    Claims, Depends(Allow(Permission.CUSTOMERS_OWN, Permission.CHANNELS_SEND, per_minute=20))
]
Sender = Annotated[Claims, Depends(Allow(Permission.CHANNELS_SEND))]
CustomerQuery = Annotated[Id | None, Query(description="for staff and services: whose")]
AddressPath = Annotated[Id, Path()]


@router.get("/available")
async def available(
    caller: OwnOrAny, services: ServicesDep, customer_id: CustomerQuery = None
) -> AvailableAnswer:
    """List every channel: whether the customer can be reached there now, and if not, why."""
    whose = _whose(caller, customer_id)
    states = await services.reach.available(whose)
    return AvailableAnswer(
        customer_id=whose, channels=[ChannelSchema.of_state(state) for state in states]
    )


@router.post("/send")
async def send(
    body: SendBody,
    caller: Sender,
    gateway: GatewayDep,
    idempotency_key: Annotated[Id | None, Header()] = None,
) -> MessageSchema:
    """Send a message that answers nothing. Refused with a reason (409) when opted out, or without a proven address."""
    check_length(body.message, gateway.settings)
    sent = await gateway.services.reach.send(
        body.customer_id,
        body.channel,
        body.message,
        by=caller.subject,
        context=body.context,
        purpose=body.purpose,
        idempotency_key=body.idempotency_key or idempotency_key,
    )
    gateway.hub.nudge(body.customer_id)
    return MessageSchema.of_message(sent)


@router.get("/messages/{message_id}")
async def read_message(
    message_id: Annotated[Id, Path()], caller: OwnOrAny, services: ServicesDep
) -> MessageSchema:
    """Tell what became of a message."""
    own = None if caller.allows(Permission.CHANNELS_SEND) else caller.customer_id
    return MessageSchema.of_message(await services.reach.message(message_id, own))


@router.post("/switch")
async def switch(body: SwitchBody, caller: OwnOrAny, gateway: GatewayDep) -> SwitchAnswer:
    """Go on elsewhere: slots, task and history stay, and the new channel says what goes on."""
    whose = _whose(caller, body.customer_id)
    previous = [item.message for item in body.context.previous_messages]
    for text in previous:
        check_length(text, gateway.settings)
    done = await gateway.services.reach.switch(
        whose,
        body.current_channel,
        body.new_channel,
        by=caller.subject,
        session_id=body.session_id,
        previous=previous,
        idempotency_key=body.idempotency_key,
    )
    gateway.hub.nudge(whose)
    return SwitchAnswer.of_switch(done, body.session_id)


@router.get("/addresses")
async def list_addresses(
    caller: OwnOrAny, services: ServicesDep, customer_id: CustomerQuery = None
) -> AddressList:
    """List a customer's addresses, those of the account first."""
    whose = _whose(caller, customer_id)
    found = await services.addresses.of(whose)
    return AddressList(
        customer_id=whose, addresses=[AddressSchema.of_address(item) for item in found]
    )


@router.post("/addresses", status_code=201)
async def add_address(body: AddressBody, caller: Proving, services: ServicesDep) -> CodeSent:
    """Add an address and send a one-time code to it; nothing goes there otherwise before the code was given."""
    whose = _whose(caller, body.customer_id)
    try:
        item, sent = await services.addresses.add(whose, body.kind, body.address, by=caller.subject)
    except InvalidInput as error:  # text, as the schema says, but no number or mailbox
        raise Conflict(error.detail, code="address_not_usable") from error
    return CodeSent.of_request(item.id, sent)


@router.post("/addresses/{address_id}/code")
async def send_code(
    address_id: AddressPath,
    caller: Proving,
    services: ServicesDep,
    customer_id: CustomerQuery = None,
) -> CodeSent:
    """Send another code to an address."""
    sent = await services.addresses.send_again(_whose(caller, customer_id), address_id)
    return CodeSent.of_request(address_id, sent)


@router.post("/addresses/{address_id}/verify")
async def verify_address(
    address_id: AddressPath, body: CodeBody, caller: Proving, services: ServicesDep
) -> AddressSchema:
    """Prove an address by the code that went there."""
    whose = _whose(caller, body.customer_id)
    try:
        proven = await services.addresses.verify(whose, address_id, body.code, by=caller.subject)
    except InvalidInput as error:  # six digits, but not the right ones
        raise Conflict(error.detail, code=error.code, **error.extra) from error
    return AddressSchema.of_address(proven)


@router.delete("/addresses/{address_id}", status_code=204)
async def remove_address(
    address_id: AddressPath,
    caller: OwnOrAny,
    services: ServicesDep,
    customer_id: CustomerQuery = None,
) -> Response:
    """Remove an address; that of the account is changed there."""
    await services.addresses.remove(_whose(caller, customer_id), address_id, by=caller.subject)
    return Response(status_code=204)


@router.put("/consent")
async def set_consent(body: ConsentBody, caller: OwnOrAny, services: ServicesDep) -> ChannelSchema:
    """Forbid or allow to be written to. Staff can take note of an opt-out; only the person takes it back."""
    state = await services.reach.set_consent(
        _whose(caller, body.customer_id),
        body.channel,
        purpose=body.purpose,
        granted=body.granted,
        by=caller.subject,
        own_word=caller.role in (Role.CUSTOMER, Role.SERVICE),
    )
    return ChannelSchema.of_state(state)


def _whose(caller: Claims, customer_id: str | None) -> str:
    """Return whose records are meant: a customer's own, or those that staff or a service names."""
    if not caller.allows(Permission.CHANNELS_SEND):
        own = str(caller.customer_id)
        caller.require_customer(customer_id or own)
        return own
    if customer_id is None:
        raise Conflict("name the customer: customer_id", code="customer_not_named")
    return customer_id
