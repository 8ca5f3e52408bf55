"""What Rasa asks of every input channel: a name, a blueprint, a sign of life. A channel adds its routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from closer.services import Services, process_services


class ServedInput(InputChannel):
    """A channel over the services of this process.

    Attributes:
        channel: The channel's name, which is its URL prefix.
    """

    channel: ClassVar[str] = ""

    @classmethod
    def name(cls) -> str:
        """Return the channel's name, which is its URL prefix."""
        return cls.channel

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> InputChannel:
        """Make the connector; the product's settings hold all it needs."""
        return cls()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Return the routes. `on_new_message` is unused: the chain runs the agent itself."""
        blueprint = Blueprint(f"{self.channel}_webhook", self.__module__)

        # A bound method is no handler: Sanic marks its handlers with the blueprint's name.
        @blueprint.get("/")
        async def health(request: Request) -> HTTPResponse:
            return await self.health(request)

        self.routes(blueprint, process_services())
        return blueprint

    async def health(self, request: Request) -> HTTPResponse:
        """Answer that the channel is served."""
        return json({"status": "ok"})

    def routes(self, blueprint: Blueprint, services: Services) -> None:
        """Add what this channel serves and what it does when the server starts and stops."""
        raise NotImplementedError
