"""The coarse limit of each network address, before anything costly is done for it."""

from __future__ import annotations

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from api.gateway import Gateway
from api.problems import problem_response
from closer.kit.errors import TooManyRequests
from closer.security.ratelimit import Limit

_LIMIT = Limit(9_000)  # a minute: 150 a second; operations have limits of their own
#: Not costly, or (webhooks: a vendor calls from few addresses) under a limit of their own.
_FREE = ("/static/", "/media/", "/health/", "/webhooks/")


class FloodMiddleware:
    """Answers 429 to an address that sends far too much."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http" or scope["path"].startswith(_FREE):
            await self._app(scope, receive, send)
            return
        gateway: Gateway = scope["app"].state.gateway
        client = HTTPConnection(scope).client
        verdict = await gateway.limiter.take("all", client.host if client else "unknown", _LIMIT)
        if verdict.allowed:
            await self._app(scope, receive, send)
            return
        gateway.metrics.refused.labels("flood").inc()
        error = TooManyRequests(
            "too many requests from this address", retry_after=verdict.retry_after
        )
        await problem_response(error)(scope, receive, send)
