"""Messages of any channel, handed in by services and staff."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse

from api.deps import Allow, GatewayDep
from api.messages import accept, check_length
from api.v1.schemas.channels import ReceiveAnswer, ReceiveBody
from api.v1.schemas.chat import Accepted
from closer.conversations.turn import InboundMessage, to_json
from closer.kit.ids import new_id
from closer.security.roles import Permission
from closer.security.tokens import Claims

router = APIRouter(prefix="/channels", tags=["channels"])

_LATER: dict[int | str, dict[str, Any]] = {202: {"model": Accepted}}


@router.post("/receive", response_model=ReceiveAnswer, responses=_LATER)
async def receive(
    body: ReceiveBody,
    caller: Annotated[Claims, Depends(Allow(Permission.CONVERSATIONS_ANY))],
    gateway: GatewayDep,
) -> JSONResponse:
    """Have a customer's message answered, as if it had come from the channel itself; 202 if that takes longer."""
    check_length(body.message, gateway.settings)
    await gateway.services.customers.get(body.customer_id)
    message = await accept(gateway, _message(body), "channels")
    result = await gateway.turns.answer(message, gateway.settings.turn_deadline_s)
    if result is None:
        return JSONResponse(to_json(Accepted(message_id=message.message_id)), 202)
    return JSONResponse(to_json(ReceiveAnswer.of(body, result)))


def _message(body: ReceiveBody) -> InboundMessage:
    return InboundMessage(
        message_id=body.message_id or new_id("in"),
        channel=body.channel,
        conversation_id=body.customer_id,
        customer_id=body.customer_id,
        proven=body.identity_proven,
        text=body.message,
        context=body.context,
    )
