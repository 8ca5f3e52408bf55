"""The size limit of request bodies, announced or chunked."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_response
from closer.kit.errors import TooLarge

_EMAIL = "/webhooks/email/"
_EMAIL_BYTES = 31 * 2**20  # SendGrid's limit is 30 MB a mail
_DRAIN = 8  # a sender reads our answer only after it has sent; so many times the limit is thrown away first
_PART_WITHIN_S = 20.0


class BodyLimitMiddleware:
    """Answers 413 to what is too long; reads chunked bodies whole before anything is done with them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = (
            _EMAIL_BYTES
            if scope["path"].startswith(_EMAIL)
            else scope["app"].state.gateway.settings.max_body_bytes
        )
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isascii() and announced.isdigit():
            if int(announced) <= limit:
                await self._app(scope, receive, send)
                return
            await _drain(receive, limit * _DRAIN)
        elif not announced:
            body = await _read(receive, limit)
            if body is not None:
                await self._app(scope, _replay(body, receive), send)
                return
        error = TooLarge(f"a request body has at most {limit} bytes")
        await problem_response(error, {"Connection": "close"})(scope, receive, send)


async def _read(receive: Receive, limit: int) -> bytes | None:
    """Read the body; None when it is longer than the limit."""
    parts, size, more = [], 0, True
    while more:
        part, more = await _part(receive)
        size += len(part)
        parts.append(part)
        if size > limit:
            if more:
                await _drain(receive, limit * _DRAIN)
            return None
    return b"".join(parts)


async def _drain(receive: Receive, most: int) -> None:
    size, more = 0, True
    while more and size < most:
        part, more = await _part(receive)
        size += len(part)


async def _part(receive: Receive) -> tuple[bytes, bool]:
    """Return the next part and whether there are more; who has not gone on within the time is gone."""
    try:
        message = await asyncio.wait_for(receive(), _PART_WITHIN_S)
    except asyncio.TimeoutError:
        return b"", False
    return message.get("body", b""), message["type"] == "http.request" and message.get(
        "more_body", False
    )


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
