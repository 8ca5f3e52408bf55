"""TwiML read: what a document of a call tells Twilio to do, as a list of steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

_LONGEST_PAUSE_S = 10.0


@dataclass(frozen=True)
class Step:
    """One verb.

    Attributes:
        verb: Its name, as in the document.
        text: What is said, or whom `Dial` calls.
        url: Where the call goes on: `action`, the target of `Redirect`.
        seconds: Of `Pause`.
        language: Of what is said.
        listens_to: Of `Gather`: `dtmf`, `speech` or both.
        inner: The steps inside a `Gather`.
        whisper: Of `Dial`: what the called person is told first.
    """

    verb: str
    text: str = ""
    url: str = ""
    seconds: float = 0.0
    language: str = ""
    listens_to: str = ""
    inner: tuple[Step, ...] = field(default_factory=tuple)
    whisper: str = ""


class NotTwiml(Exception):
    """The answer is no document that Twilio could follow."""


def read_document(text: str) -> list[Step]:
    """Return the steps of a document.

    Raises:
        NotTwiml: if it is none (Twilio's error 12100 or 12200).
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise NotTwiml("Document parse failure (12100)") from error
    if root.tag != "Response":
        raise NotTwiml("Schema validation warning (12200)")
    return list(_steps(root))


def _steps(parent: Any) -> Iterator[Step]:
    for element in parent.iterchildren(tag=etree.Element):
        verb, text = str(element.tag), " ".join("".join(element.itertext()).split())
        if verb == "Gather":
            yield Step(
                verb,
                url=element.get("action", ""),
                listens_to=element.get("input", "dtmf"),
                inner=tuple(_steps(element)),
            )
        elif verb == "Dial":
            number = element.find("Number")
            whisper = number.get("url", "") if number is not None else ""
            yield Step(verb, text, element.get("action", ""), whisper=whisper)
        elif verb == "Pause":
            yield Step(verb, seconds=_seconds(element.get("length", "1")))
        elif verb == "Redirect":
            yield Step(verb, url=text)
        else:
            yield Step(verb, text, language=element.get("language", ""))


def _seconds(text: str) -> float:
    if not (text.isascii() and text.isdigit()):
        raise NotTwiml("Schema validation warning (12200)")
    return min(float(text), _LONGEST_PAUSE_S)
