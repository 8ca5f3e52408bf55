"""One id through everything that a request or socket causes."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from closer.kit.logging import correlated

HEADER = "X-Correlation-Id"


class CorrelationMiddleware:
    """Takes the caller's correlation id if it is acceptable, or makes one, and gives it back."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request or socket."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        with correlated(Headers(scope=scope).get(HEADER)) as correlation:

            async def send_with_id(message: Message) -> None:
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message)[HEADER] = correlation
                await send(message)

            await self._app(scope, receive, send_with_id)
