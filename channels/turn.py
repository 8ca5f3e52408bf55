"""The internal connector: other processes run turns here with a service token; it also starts inbox replay and event relay."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from channels.base import InboundChain, InboxReplay
from channels.connector import connectors_of
from channels.http import ServiceDoor, answered
from channels.inputs import ServedInput
from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.logging import configure_logging
from closer.kit.storage_watch import StorageWatch
from closer.services import Services
from rasa_ext import archived_domain, model_start
from rasa_ext.event_broker import make_relay
from rasa_ext.joining import DialogueJoiner
from rasa_ext.serving import agents_of


class JoinRequest(BaseModel):
    """Which visitor has proved to be a customer; whose, the gateway has kept."""

    visitor_id: str


class Joined(BaseModel):
    """Whether the visitor's conversation is the customer's now."""

    joined: bool


class TurnInput(ServedInput):
    """Serves `POST /webhooks/turn/run`: an `InboundMessage` in, a `TurnResult` out; and `/join` for visitors who sign in."""

    channel = "turn"

    async def health(self, request: Request) -> HTTPResponse:
        """Answer that the process is served, and how its storage does."""
        return json({"status": "ok", "storage": request.app.ctx.storage.state()})

    def routes(self, blueprint: Blueprint, services: Services) -> None:
        """Add the routes."""
        door = ServiceDoor(services)
        archived_domain.install()  # Rasa loads its model after this

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

        @blueprint.post("/join")
        async def join(request: Request) -> HTTPResponse:
            async def joining(request: Request) -> Joined:
                await door.enter(request)
                asked = JoinRequest.parse_obj(request.json)
                return Joined(joined=await request.app.ctx.joiner.join(asked.visitor_id))

            return await answered(request, joining)

        @blueprint.post("/run")
        async def run(request: Request) -> HTTPResponse:
            async def turn(request: Request) -> TurnResult:
                await door.enter(request)
                result: TurnResult = await request.app.ctx.chain.run(
                    InboundMessage.parse_obj(request.json)
                )
                return result

            return await answered(request, turn)
