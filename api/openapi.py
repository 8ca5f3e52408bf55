"""The OpenAPI document: errors are problems, and the limits of the settings are in it."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import PROBLEM_JSON
from api.v1.schemas.base import Problem
from api.v1.schemas.types import MessageText

_DESCRIPTION = (
    "Customer care and sales for an online shop. Errors are problem documents (RFC 9457). Money is a decimal string "
    "with its currency, moments are UTC, pages end with `next_cursor`. The chat's WebSocket is described in "
    "docs/chat-protocol.md."
)
_ERRORS = {
    400: "The request cannot be read",
    401: "Not signed in",
    403: "Not permitted",
    404: "There is no such record for this caller",
    409: "The current state does not allow it",
    413: "Too large",
    422: "A value is not acceptable",
    429: "Too many requests",
    503: "A part that is needed is away",
}


def problem_responses() -> dict[int | str, dict[str, Any]]:
    """Return how errors are documented at every operation."""
    return {status: problem_response(text) for status, text in _ERRORS.items()}


def problem_response(text: str) -> dict[str, Any]:
    """Return how an error is documented."""
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": text, "content": content}


def install_openapi(app: FastAPI) -> None:
    """Make the app answer /openapi.json with our document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("definitions", {}))
    schemas["Problem"] = problem
    for path in found["paths"].values():
        for operation in path.values():
            _declare_null_body(operation.get("requestBody", {}))
    _set_limits(found, app.state.gateway.settings.max_message_chars)
    return found


def _declare_null_body(body: dict[str, Any]) -> None:
    """A body that may be absent may be null too."""
    if body and not body.get("required", False):
        for content in body["content"].values():
            content["schema"] = {"anyOf": [content["schema"], {"type": "null"}]}


def _set_limits(part: Any, max_message_chars: int) -> None:
    if isinstance(part, dict):
        if part.pop(MessageText.marker, False):
            part["maxLength"] = max_message_chars
        for value in part.values():
            _set_limits(value, max_message_chars)
    elif isinstance(part, list):
        for value in part:
            _set_limits(value, max_message_chars)
