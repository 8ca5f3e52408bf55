"""Frames of the chat protocol."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.sockets.frames import MAX_BYTES, BadFrame, frame, read_frame
from api.v1.schemas.chat import HelloFrame, MessageFrame, PingFrame, TokenFrame
from closer.kit.errors import TooLarge


def _text(**content: object) -> dict[str, object]:
    return {"type": "websocket.receive", "text": json.dumps(content)}


def test_frames_of_the_protocol_are_read() -> None:
    hello = read_frame(_text(type="hello", token="t", after="01ABC-00"))
    assert isinstance(hello, HelloFrame)
    assert (hello.token, hello.after) == ("t", "01ABC-00")
    message = read_frame(_text(type="message", message_id="m1", text="hi", payload="/affirm"))
    assert isinstance(message, MessageFrame)
    assert message.payload == "/affirm"
    assert isinstance(read_frame(_text(type="ping")), PingFrame)
    assert isinstance(read_frame(_text(type="token", token="t")), TokenFrame)


def test_binary_is_refused() -> None:
    with pytest.raises(BadFrame) as caught:
        read_frame({"type": "websocket.receive", "bytes": b'{"type": "ping"}', "text": None})
    assert caught.value.code == "binary_frame"


def test_size_is_counted_in_bytes() -> None:
    with pytest.raises(TooLarge):
        read_frame(
            {
                "text": json.dumps(
                    {"type": "ping", "pad": "ü" * (MAX_BYTES // 2)}, ensure_ascii=False
                )
            }
        )


def test_refused_message_is_named() -> None:
    with pytest.raises(BadFrame) as caught:
        read_frame(_text(type="message", message_id="m1", text=""))
    assert caught.value.message_id == "m1"
    assert caught.value.extra["errors"][0]["field"] == "text"


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_whatever_comes_is_a_frame_or_a_refusal(received: str | bytes) -> None:
    message = {"text": received} if isinstance(received, str) else {"bytes": received}
    with suppress(BadFrame, TooLarge):  # any other error fails the test
        read_frame(message)


def test_our_frames_are_compact_json() -> None:
    assert frame("ack", message_id="m1") == '{"type":"ack","message_id":"m1"}'
    assert json.loads(frame("entry", entry={"text": "ü\n"}))["entry"]["text"] == "ü\n"
