"""The web connector: a customer's or visitor's own message, with their own token, over plain HTTP.

The chat page speaks to the gateway's socket, which runs turns through `channels.turn`; this connector is for pages and
apps that post to `/webhooks/web/messages` through the gateway. Whose conversation it is says the token alone; what a
message may hold and how many a person may send is as at the gateway's own chat.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, constr, validator
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.http import answered, claims_of
from channels.inputs import ServedInput
from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.errors import InvalidInput, NotAuthenticated
from closer.kit.ids import new_id
from closer.kit.text import ID, is_clean
from closer.security.ratelimit import Limit, RateLimiter
from closer.security.roles import Permission, Role
from closer.security.tokens import Claims
from closer.services import Services

PACE = Limit(60)
_PACED = "web.messages"


class WebMessage(BaseModel):
    """What a page posts; `payload` is that of a button offered before."""

    message_id: constr(regex=rf"^{ID}\Z") | None = None  # type: ignore[valid-type]
    text: str = ""
    payload: constr(max_length=1000) | None = None  # type: ignore[valid-type]

    @validator("text", "payload")
    @classmethod
    def _no_control_characters(cls, value: str | None) -> str | None:
        if value is not None and not is_clean(value):
            raise ValueError("must not hold control characters")
        return value


class WebInput(ServedInput):
    """Serves `POST /webhooks/web/messages`: a `WebMessage` in, a `TurnResult` out."""

    channel = "web"

    def routes(self, blueprint: Blueprint, services: Services) -> None:
        """Add the routes."""
        limiter = RateLimiter(services.redis)

        @blueprint.post("/messages")
        async def receive(request: Request) -> HTTPResponse:
            async def run(request: Request) -> TurnResult:
                claims = await claims_of(request, services)
                claims.require(Permission.CHAT_OWN)
                await limiter.require(_PACED, claims.subject, PACE)
                message = parse(request.json, claims, services)
                result: TurnResult = await request.app.ctx.chain.run(message)
                return result

            return await answered(request, run)


def parse(body: Any, claims: Claims, services: Services) -> InboundMessage:
    """Return the message that a request carries, in the conversation of its token.

    Raises:
        NotAuthenticated: if the token is no person's.
        InvalidInput: if there is nothing to read, or too much.
    """
    if claims.conversation_id is None:
        raise NotAuthenticated("only people have a conversation of their own")
    said = WebMessage.parse_obj(body)
    if not said.text.strip() and not said.payload:
        raise InvalidInput("the message is empty", code="empty_message")
    if len(said.text) > services.settings.max_message_chars:
        raise InvalidInput("the message is too long", code="message_too_long")
    return InboundMessage(
        message_id=said.message_id or new_id("web"),
        channel="web",
        conversation_id=claims.conversation_id,
        customer_id=claims.customer_id,
        proven=claims.role is Role.CUSTOMER,
        text=said.text,
        payload=said.payload,
    )
