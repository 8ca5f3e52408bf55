"""The access log and the request figures: the route, never the path's or query's values."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.gateway import Gateway
from closer.kit.logging import get_logger

_log = get_logger("api.access")

_QUIET = ("/health/", "/metrics", "/static/", "/media/")


class AccessMiddleware:
    """Writes one structured line a request and counts it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status, size = 500, 0

        async def watch(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, watch)
        finally:
            self._record(scope, status, size, time.perf_counter() - began)

    @staticmethod
    def _record(scope: Scope, status: int, size: int, seconds: float) -> None:
        gateway: Gateway = scope["app"].state.gateway
        route = getattr(scope.get("route"), "path", "") or _mounted(scope["path"])
        gateway.metrics.requests.labels(scope["method"], route, str(status)).inc()
        gateway.metrics.seconds.labels(scope["method"], route).observe(seconds)
        quiet = scope["path"].startswith(_QUIET) and status < 400
        _log.log(
            10 if quiet else 20,
            "request",
            method=scope["method"],
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            bytes=size,
            role=scope.get("caller_role"),
        )


def _mounted(path: str) -> str:
    return next((prefix for prefix in _QUIET if path.startswith(prefix)), "other")
