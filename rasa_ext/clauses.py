"""A message of several sentences or wishes, taken apart, each part read by the model on its own.

The dialogue sees one intent a message; what else somebody wants in the same breath ("cancel 12347, and where is 12345?")
is found here and handed to the actions with the message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor

from rasa_ext.plain_text import neutralise

_LONGEST = 700
_MOST = 6
#: A part that speaks of dying is believed from here on.
_CRISIS, _SURELY = "crisis", 0.9
#: Of a list, with a mark before each of its items.
_MOST_LISTED = 8
_MARK = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•–]|[a-h]\))\s+", re.MULTILINE)
#: The greeting and the end of a mail.
_COURTESY = re.compile(
    r"(?:hello|hi|hey|dear|good (?:morning|afternoon|evening|day)|thanks|thank you|many thanks|cheers|(?:(?:kind|best|warm) )?regards|best|yours \w+)"
    r"(?:[ ,]+\w+){0,2}\W*",
    re.IGNORECASE,
)
#: What ends a mail; behind it stands only a name.
_CLOSING = re.compile(
    r"(?:(?:many |best )?thanks|thank you|cheers|(?:(?:kind|best|warm) )?regards|best(?: wishes)?|sincerely|yours(?: \w+)?|respectfully)(?:[ ,]+\w+){0,3}\W*",
    re.IGNORECASE,
)
_SIGNED = 5
_JOINTS = re.compile(
    r"(?<=[.?!;])\s+|\n+"
    r"|\s*,?\s+(?:and|but|plus)\s+(?:also\s+|then\s+|after that\s+)?"
    r"|\s+(?:n|&|\+)\s+(?=(?:tell|cancel|where|when|wen|send|change|also|then|how|can|stop|track|refund|return)\b)"
    r"|\s*,?\s+or\s+(?:at least|else|otherwise|if (?:not|that'?s not possible|you can'?t)),?\s+"
    r"|\s*,?\s+(?:also|then|after that|besides)\s*,?\s+"
    r"|\s*[,;]\s+(?=(?:(?:just|only|please) )?(?:where|when|what|how|why|can|could|would|please|cancel|track|send|change|update|tell|show|give"
    r"|return|refund|unsubscribe|delete|close|add|remove|stop|sign|book|log|i)\b)",
    re.IGNORECASE,
)

#: The beginning of a wish that "also" cuts off: "could somebody also give me a call".
_OPENING = re.compile(
    r"(?:please|(?:please\s+)?(?:(?:can|could|would|will|may|should)\s+)?(?:i|you|u|we|some(?:body|one)|any(?:body|one))"
    r"(?:\s+(?:would|could|can|will|please))?)",
    re.IGNORECASE,
)


async def clauses_of(processor: MessageProcessor, text: str) -> list[dict[str, Any]]:
    """Return the parts of a message as the model reads each; empty if it is in one piece.

    Args:
        processor: The processor of the model that serves the turn.
        text: What the customer wrote, or a button's payload, which has no parts.
    """
    parts = parts_of(text)
    return [await _read(processor, part) for part in parts] if len(parts) > 1 else []


def parts_of(text: str) -> list[str]:
    """Return the sentences and joined wishes of a text, none of them a command; very long texts are left whole."""
    if len(text) > _LONGEST or text.startswith("/"):
        return [text]
    listed = len(_MARK.findall(text)) > 1
    if listed:
        text = _MARK.sub("", text)
    if "\n" in text:
        text = _without_signature(text)
    parts = [neutralise(part.strip(" ,")) for part in _JOINTS.split(text)]
    parts = _mended([part for part in parts if any(letter.isalnum() for letter in part)])
    if listed or len(parts) > _MOST:
        parts = [part for part in parts if not _COURTESY.fullmatch(part)]
    return parts if len(parts) <= (_MOST_LISTED if listed else _MOST) else [text]


def _without_signature(text: str) -> str:
    """Return a text of several lines without its closing words and the name behind them."""
    lines = [line for line in text.splitlines() if line.strip()]
    for at, line in enumerate(lines[1:], start=1):
        rest = " ".join(lines[at + 1 :]).split()
        if _CLOSING.fullmatch(line.strip()) and len(rest) <= _SIGNED:
            return "\n".join(lines[:at])
    return text


def _mended(parts: list[str]) -> list[str]:
    """Return the parts, each with the mere beginning of its sentence that was cut off."""
    whole: list[str] = []
    for part in parts:
        if whole and _OPENING.fullmatch(whole[-1]):
            part = f"{whole.pop()} {part}"  # noqa: PLW2901 - the part with its beginning
        whole.append(part)
    return whole


def crisis_in(clauses: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the intent of a part that speaks of dying or being hurt: whatever stands beside it waits."""
    for clause in clauses:
        intent = clause["intent"]
        if intent["name"] == _CRISIS and float(intent["confidence"]) >= _SURELY:
            return dict(intent)
    return None


async def _read(processor: MessageProcessor, part: str) -> dict[str, Any]:
    parsed = await processor.parse_message(UserMessage(text=part))
    intent = parsed.get("intent") or {}
    return {
        "text": part,
        "intent": {"name": intent.get("name"), "confidence": intent.get("confidence") or 0.0},
        "entities": [
            {name: entity.get(name) for name in ("entity", "value", "start", "end")}
            for entity in parsed.get("entities", [])
        ],
    }
