"""Errors on their way out: every one becomes an RFC 9457 problem document."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Match

from closer.kit.errors import CloserError, NotAuthenticated, TooManyRequests, Unavailable
from closer.kit.logging import correlation_id, get_logger

_log = get_logger(__name__)

PROBLEM_JSON = "application/problem+json"
_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def as_problem(error: CloserError) -> dict[str, Any]:
    """Return the problem document of an error, with the correlation id."""
    return {**error.as_problem(), "correlation_id": correlation_id()}


def problem_response(error: CloserError, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Render an error."""
    more = dict(headers or {})
    if isinstance(error, NotAuthenticated):
        more["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyRequests):
        more["Retry-After"] = str(error.extra.get("retry_after", 1))
    elif isinstance(error, Unavailable):
        more["Retry-After"] = "2"
    return JSONResponse(as_problem(error), error.status, more, PROBLEM_JSON)


def plain_problem(status: int, detail: str = "", code: str | None = None) -> CloserError:
    """Return an error for an HTTP status that no class of ours stands for."""
    error = CloserError(detail or HTTPStatus(status).description or HTTPStatus(status).phrase)
    error.status, error.title = status, HTTPStatus(status).phrase
    error.code = code or _CODES.get(status, HTTPStatus(status).name.lower())
    return error


def validation_problem(errors: list[dict[str, Any]]) -> CloserError:
    """Return an error that names each field that was refused, without repeating what was sent."""
    fields = [
        {"field": _path(item.get("loc", ())), "message": str(item.get("msg", ""))}
        for item in errors[:20]
    ]
    error = plain_problem(
        422, "; ".join(f"{item['field']}: {item['message']}" for item in fields)[:500]
    )
    error.code, error.title, error.extra = (
        "invalid_input",
        "A value is not acceptable",
        {"errors": fields},
    )
    return error


def install_handlers(app: FastAPI) -> None:
    """Make the app answer every error with a problem document."""

    @app.exception_handler(CloserError)
    async def ours(_: Request, error: CloserError) -> JSONResponse:
        if error.status >= 500:
            _log.warning(
                "request_failed", code=error.code, reason=str(error.__cause__ or error)[:200]
            )
        return problem_response(error)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return problem_response(validation_problem(list(error.errors())))

    @app.exception_handler(HTTPException)
    async def starlettes(request: Request, error: HTTPException) -> JSONResponse:
        detail = error.detail if error.status_code not in (404, 405) else ""
        headers = _allowed(request) if error.status_code == 405 else error.headers
        return problem_response(plain_problem(error.status_code, str(detail)), headers)


def _allowed(request: Request) -> dict[str, str]:
    """Return the header that names a path's methods; several routes may share the path, of which Starlette names one."""
    methods: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return {"Allow": ", ".join(sorted(methods))}


def _path(location: Any) -> str:
    return ".".join(str(part) for part in location) or "request"
