"""Cross-origin requests: only from the origins that the settings list."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import plain_problem, problem_response


class _Cors(CORSMiddleware):
    def preflight_response(self, request_headers: Headers) -> Response:
        """Answer a preflight; a refusal is a problem document too."""
        answer = super().preflight_response(request_headers)
        if answer.status_code == 200:
            return answer
        return problem_response(
            plain_problem(403, "this origin, method or header is not allowed", "cors_refused")
        )


class CorsMiddleware:
    """Applies the allow-list of the settings, read when the first request comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._cors: _Cors | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._cors is None:
            self._cors = _Cors(
                self._app,
                allow_origins=scope["app"].state.gateway.settings.cors_origins,
                allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
                allow_headers=[
                    "Authorization",
                    "Content-Type",
                    "X-Correlation-Id",
                    "Idempotency-Key",
                ],
                expose_headers=["X-Correlation-Id", "Retry-After"],
            )
        await self._cors(scope, receive, send)
