"""Schemas of the chat: messages, history and frames. Entries and turns are those of `closer.conversations.turn`."""

from __future__ import annotations

from typing import Literal

from api.v1.schemas.base import Body, PageSchema, Schema
from api.v1.schemas.types import Id, MessageText, PatternStr, Secret
from closer.conversations.turn import Entry


class Payload(PatternStr):
    """The payload of a button that was offered before."""

    pattern = r"[^\x00-\x1f\x7f]+"
    min_length, max_length = 1, 1000
    what = "must be the payload of a button"


class EntryId(PatternStr):
    """The id of an entry seen before."""

    pattern = r"[A-Za-z0-9][A-Za-z0-9_\-]*"
    min_length, max_length = 1, 40
    what = "must be the id of an entry"


class _Message(Body):
    message_id: Id
    text: MessageText
    payload: Payload | None = None


class MessageBody(_Message):
    """What a customer says; the same `message_id` is the same message, however often it is sent."""

    example = {"message_id": "0b9f8f0e-6a55-4c8f-9d55-3f1f2f0a7c11", "text": "Where is my order?"}


class Accepted(Schema):
    """Stored; the answer comes by socket or history."""

    message_id: str
    state: Literal["accepted"] = "accepted"
    example = {"message_id": "0b9f8f0e-6a55-4c8f-9d55-3f1f2f0a7c11", "state": "accepted"}


class HistoryPage(PageSchema):
    """A page of the conversation, oldest first; the cursor leads to what was said before it."""

    items: list[Entry]


class HelloFrame(Body):
    """The first frame of a socket."""

    type: Literal["hello"]
    token: Secret
    after: EntryId | None = None


class MessageFrame(_Message):
    """A message by socket."""

    type: Literal["message"]


class TokenFrame(Body):
    """A refreshed token for the running socket."""

    type: Literal["token"]
    token: Secret


class PingFrame(Body):
    """Keeps the connection awake."""

    type: Literal["ping"]
