"""What an Alexa request says: who asks, which words, and where a progressive response goes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.call import joined
from closer.kit.errors import Malformed

#: Amazon's own intents as words for the dialogue.
_WORDS = {
    "AMAZON.YesIntent": "yes",
    "AMAZON.NoIntent": "no",
    "AMAZON.HelpIntent": "help",
    "AMAZON.RepeatIntent": "repeat that please",
    "AMAZON.StartOverIntent": "start over",
    "AMAZON.CancelIntent": "never mind",
}
_ENDS = frozenset({"AMAZON.StopIntent", "AMAZON.NavigateHomeIntent"})
_LONGEST = 2000


@dataclass(frozen=True)
class Pending:
    """A message whose answer is still owed."""

    message_id: str
    words: str


@dataclass(frozen=True)
class AlexaRequest:
    """A request of a skill.

    Attributes:
        kind: `LaunchRequest`, `IntentRequest`, `SessionEndedRequest` or another.
        words: What was said, empty if nothing was understood.
        ends: Whether the person asked to stop.
        token: The linked account's access token, if any.
        pending: The message whose answer is still owed, from the session.
        endpoint: Where progressive responses go, with `api_token`.
    """

    id: str
    kind: str
    timestamp: str
    application_id: str
    user_id: str
    words: str
    ends: bool
    token: str | None
    pending: Pending | None
    endpoint: str
    api_token: str


def read_request(body: bytes) -> AlexaRequest:
    """Read a request.

    Raises:
        Malformed: if it is none.
    """
    try:
        data = json.loads(body)
        request, system = data["request"], data["context"]["System"]
        intent = request.get("intent") or {}
        name = str(intent.get("name", ""))
        user = system["user"]
        return AlexaRequest(
            id=_text(request["requestId"], 150),
            kind=_text(request["type"], 100),
            timestamp=_text(request["timestamp"], 40),
            application_id=_text(system["application"]["applicationId"], 200),
            user_id=_text(user["userId"], 400),
            words=_WORDS.get(name, _slot_words(intent)),
            ends=name in _ENDS,
            token=str(user["accessToken"]) if user.get("accessToken") else None,
            pending=_pending(data),
            endpoint=str(system.get("apiEndpoint", "")),
            api_token=str(system.get("apiAccessToken", "")),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed("this is no request of a skill") from error


def _slot_words(intent: Mapping[str, Any]) -> str:
    slots = intent.get("slots") or {}
    values = [str(slot.get("value") or "") for slot in slots.values()]
    return joined(" ".join(value for value in values if value).strip()[:_LONGEST])


def _pending(data: Mapping[str, Any]) -> Pending | None:
    attributes = (data.get("session") or {}).get("attributes") or {}
    pending = attributes.get("pending")
    if not pending:
        return None
    return Pending(_text(pending["message_id"], 150), _text(pending["words"], _LONGEST))


def _text(value: object, most: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise ValueError("a text is expected")
    return value
