"""Frames of the chat protocol (docs/chat-protocol.md): reading the client's, writing ours."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from api.problems import validation_problem
from api.v1.schemas.base import Body
from api.v1.schemas.chat import HelloFrame, MessageFrame, PingFrame, TokenFrame
from closer.kit.errors import InvalidInput, TooLarge

MAX_BYTES = 64 * 1024

_KINDS: dict[str, type[Body]] = {
    "hello": HelloFrame,
    "message": MessageFrame,
    "token": TokenFrame,
    "ping": PingFrame,
}


class BadFrame(InvalidInput):
    """A frame that is not in the protocol; `message_id` if it had one."""

    code, title = "bad_frame", "That frame is not in the protocol"

    message_id: str | None = None


def read_frame(message: dict[str, Any]) -> Body:
    """Return the frame in a received WebSocket message.

    Raises:
        BadFrame: if it is binary, no JSON object, of no known type, or a field is not acceptable.
        TooLarge: if it is longer than 64 KiB.
    """
    text = message.get("text")
    if text is None:
        raise BadFrame("frames are JSON text, not binary", code="binary_frame")
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise TooLarge(f"a frame has at most {MAX_BYTES} bytes", code="frame_too_large")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame("frames are JSON text") from error
    kind = data.get("type") if isinstance(data, dict) else None
    schema = _KINDS.get(kind) if isinstance(kind, str) else None
    if schema is None:
        raise BadFrame(f"a frame is an object whose type is one of {', '.join(_KINDS)}")
    try:
        return schema.parse_obj(data)
    except ValidationError as error:
        raise _refused(data, error) from error


def frame(kind: str, **content: Any) -> str:
    """Return one of our frames as text."""
    return json.dumps({"type": kind, **content}, ensure_ascii=False, separators=(",", ":"))


def _refused(data: dict[str, Any], error: ValidationError) -> BadFrame:
    problem = validation_problem([dict(item) for item in error.errors()])
    refused = BadFrame(problem.detail, code=problem.code, **problem.extra)
    message_id = data.get("message_id")
    refused.message_id = message_id[:128] if isinstance(message_id, str) else None
    return refused
