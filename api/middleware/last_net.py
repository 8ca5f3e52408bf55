"""The last net: an error that nobody expected becomes a 500 problem that tells nothing but the correlation id."""

from __future__ import annotations

from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response
from closer.kit.errors import CloserError
from closer.kit.logging import get_logger

_log = get_logger(__name__)


class LastNetMiddleware:
    """Logs an unexpected error and answers for it, if nothing was answered yet."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request or socket."""
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            if scope["type"] == "lifespan":
                raise
            _log.exception("unexpected_error", route=getattr(scope.get("route"), "path", None))
            if scope["type"] == "http" and not started:
                await problem_response(CloserError())(scope, receive, send)
            elif scope["type"] == "websocket":
                with suppress(RuntimeError):  # it is closed already
                    await send({"type": "websocket.close", "code": 1011})
