"""The internal connector: other processes run turns here with a service token; it also starts the inbox replay."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from channels.base import InboundChain, InboxReplay
from closer.conversations.turn import InboundMessage, to_json
from closer.kit.errors import CloserError, InvalidInput, NotAuthenticated
from closer.kit.logging import configure_logging, correlated
from closer.security.roles import Permission
from closer.security.tokens import verify_token
from closer.services import Services, process_services
from rasa_ext.wiring import adapt


class TurnInput(InputChannel):
    """Serves `POST /webhooks/turn/run`: an `InboundMessage` in, a `TurnResult` out."""

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, which is its URL prefix."""
        return "turn"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """Make the connector; the product's settings hold all it needs."""
        return cls()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes. `on_new_message` is unused: the chain runs the agent itself."""
        blueprint = Blueprint("turn_webhook", __name__)
        services = process_services()

        @blueprint.listener("after_server_start")
        async def begin(app: Sanic, _: Any) -> None:
            configure_logging("rasa", services.settings.log_level, services.settings.log_format)
            adapt(app.ctx.agent, services.settings)
            app.ctx.chain = InboundChain(app.ctx.agent, services)
            app.ctx.replay = InboxReplay(app.ctx.chain, services)
            app.ctx.replay.start()

        @blueprint.listener("before_server_stop")
        async def end(app: Sanic, _: Any) -> None:
            await app.ctx.replay.stop()

        @blueprint.get("/")
        async def health(_: Request) -> HTTPResponse:
            return json({"status": "ok"})

        @blueprint.post("/run")
        async def run(request: Request) -> HTTPResponse:
            with correlated(request.headers.get("x-correlation-id")):
                return await _run(request, services)

        return blueprint


async def _run(request: Request, services: Services) -> HTTPResponse:
    try:
        _authorise(request, services)
        message = InboundMessage.parse_obj(request.json)
        result = await request.app.ctx.chain.run(message)
        return json(to_json(result))
    except ValidationError as error:
        fields = ", ".join(str(item["loc"][0]) for item in error.errors())
        return _problem(InvalidInput(f"not a message: {fields}"))
    except CloserError as error:
        return _problem(error)


def _authorise(request: Request, services: Services) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise NotAuthenticated("a service token is needed")
    verify_token(services.settings, token).require(Permission.TURN_RUN)


def _problem(error: CloserError) -> HTTPResponse:
    return json(error.as_problem(), status=error.status, content_type="application/problem+json")
