"""The internal connector: other processes run turns here with a service token; it also starts inbox replay and event relay."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from channels.base import InboundChain, InboxReplay
from channels.connector import connectors_of
from channels.http import answered, claims_of
from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.logging import configure_logging
from closer.kit.storage_watch import StorageWatch
from closer.security.roles import Permission
from closer.services import process_services
from rasa_ext import model_start
from rasa_ext.event_broker import make_relay
from rasa_ext.joining import DialogueJoiner
from rasa_ext.serving import agents_of


class JoinRequest(BaseModel):
    """Which visitor has proved to be a customer; whose, the gateway has kept."""

    visitor_id: str


class Joined(BaseModel):
    """Whether the visitor's conversation is the customer's now."""

    joined: bool


class TurnInput(InputChannel):
    """Serves `POST /webhooks/turn/run`: an `InboundMessage` in, a `TurnResult` out; and `/join` for visitors who sign in."""

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

        @blueprint.listener("before_server_start")
        async def prepare(app: Sanic, _: Any) -> None:
            model_start.prepare(app)

        @blueprint.listener("after_server_start")
        async def begin(app: Sanic, _: Any) -> None:
            configure_logging("rasa", services.settings.log_level, services.settings.log_format)
            app.ctx.storage = StorageWatch(services.db, services.settings.data_dir)
            await app.ctx.storage.start()
            await model_start.begin(app, services)
            app.ctx.chain = InboundChain(app.ctx.agent, services, connectors_of(app))
            app.ctx.joiner = DialogueJoiner(agents_of(app.ctx.agent), services)
            app.ctx.replay = InboxReplay(app.ctx.chain, services, joins=app.ctx.joiner)
            app.ctx.replay.start()
            app.ctx.relay = make_relay(services)
            app.ctx.relay.start()

        @blueprint.listener("before_server_stop")
        async def end(app: Sanic, _: Any) -> None:
            await app.ctx.storage.stop()
            await app.ctx.relay.stop()
            await app.ctx.replay.stop()
            await app.ctx.chain.close()
            await model_start.end(app)

        @blueprint.get("/")
        async def health(request: Request) -> HTTPResponse:
            return json({"status": "ok", "storage": request.app.ctx.storage.state()})

        @blueprint.post("/join")
        async def join(request: Request) -> HTTPResponse:
            async def joining(request: Request) -> Joined:
                claims_of(request, services).require(Permission.TURN_RUN)
                asked = JoinRequest.parse_obj(request.json)
                return Joined(joined=await request.app.ctx.joiner.join(asked.visitor_id))

            return await answered(request, joining)

        @blueprint.post("/run")
        async def run(request: Request) -> HTTPResponse:
            async def turn(request: Request) -> TurnResult:
                claims_of(request, services).require(Permission.TURN_RUN)
                result: TurnResult = await request.app.ctx.chain.run(
                    InboundMessage.parse_obj(request.json)
                )
                return result

            return await answered(request, turn)

        return blueprint
