"""TwiML's grammar: which verbs, attributes and children a document may have (the types of Twilio's own Node library).

The Python library builds whatever attribute it is given, and Twilio only warns (12200) about what it then ignores, so
documents are checked here.
"""

from __future__ import annotations

from typing import NamedTuple

from lxml import etree

_METHODS = frozenset({"GET", "POST"})
_BOOLEANS = frozenset({"true", "false"})


class Verb(NamedTuple):
    """What a verb may carry; a set of values under an attribute means: one of these."""

    attributes: dict[str, frozenset[str] | None] = {}
    children: frozenset[str] = frozenset()
    text: bool = False


def _any(*names: str) -> dict[str, frozenset[str] | None]:
    return dict.fromkeys(names)


MESSAGING: dict[str, Verb] = {
    "Response": Verb(children=frozenset({"Message", "Redirect"})),
    "Message": Verb(
        {**_any("to", "from", "action", "statusCallback"), "method": _METHODS},
        frozenset({"Body", "Media"}),
        text=True,
    ),
    "Body": Verb(text=True),
    "Media": Verb(text=True),
    "Redirect": Verb({"method": _METHODS}, text=True),
}

_SAY = Verb(_any("voice", "loop", "language"), text=True)
_PLAY = Verb(_any("loop", "digits"), text=True)
VOICE: dict[str, Verb] = {
    "Response": Verb(
        children=frozenset(
            {
                "Say",
                "Play",
                "Pause",
                "Gather",
                "Dial",
                "Enqueue",
                "Hangup",
                "Redirect",
                "Reject",
                "Record",
                "Leave",
            }
        )
    ),
    "Say": _SAY,
    "Play": _PLAY,
    "Pause": Verb(_any("length")),
    "Gather": Verb(
        {
            **_any(
                "action",
                "timeout",
                "speechTimeout",
                "maxSpeechTime",
                "finishOnKey",
                "numDigits",
                "partialResultCallback",
                "language",
                "hints",
                "speechModel",
            ),
            "input": frozenset({"dtmf", "speech", "dtmf speech"}),
            "method": _METHODS,
            "partialResultCallbackMethod": _METHODS,
            "profanityFilter": _BOOLEANS,
            "bargeIn": _BOOLEANS,
            "actionOnEmptyResult": _BOOLEANS,
            "enhanced": _BOOLEANS,
            "dtmfDetection": frozenset({"true", "false"}),
        },
        frozenset({"Say", "Play", "Pause"}),
    ),
    "Dial": Verb(
        {
            **_any(
                "action",
                "timeout",
                "timeLimit",
                "callerId",
                "record",
                "trim",
                "recordingStatusCallback",
                "recordingStatusCallbackEvent",
                "ringTone",
                "recordingTrack",
                "referUrl",
            ),
            "method": _METHODS,
            "recordingStatusCallbackMethod": _METHODS,
            "referMethod": _METHODS,
            "hangupOnStar": _BOOLEANS,
            "answerOnBridge": _BOOLEANS,
            "sequential": _BOOLEANS,
        },
        frozenset({"Number", "Client", "Conference", "Queue", "Sip"}),
        text=True,
    ),
    "Number": Verb(
        {
            **_any(
                "sendDigits",
                "url",
                "statusCallbackEvent",
                "statusCallback",
                "byoc",
                "machineDetection",
            ),
            "method": _METHODS,
            "statusCallbackMethod": _METHODS,
        },
        text=True,
    ),
    "Client": Verb(
        {**_any("url", "statusCallbackEvent", "statusCallback"), "method": _METHODS}, text=True
    ),
    "Conference": Verb(
        {
            **_any(
                "beep",
                "waitUrl",
                "statusCallback",
                "statusCallbackEvent",
                "maxParticipants",
                "participantLabel",
                "coach",
            ),
            "muted": _BOOLEANS,
            "startConferenceOnEnter": _BOOLEANS,
            "endConferenceOnExit": _BOOLEANS,
            "waitMethod": _METHODS,
            "statusCallbackMethod": _METHODS,
        },
        text=True,
    ),
    "Queue": Verb({**_any("url", "reservationSid"), "method": _METHODS}, text=True),
    "Sip": Verb({**_any("username", "password", "url"), "method": _METHODS}, text=True),
    "Enqueue": Verb(
        {
            **_any("action", "waitUrl", "workflowSid", "maxQueueSize"),
            "method": _METHODS,
            "waitUrlMethod": _METHODS,
        },
        frozenset({"Task"}),
        text=True,
    ),
    "Task": Verb(_any("priority", "timeout"), text=True),
    "Hangup": Verb(),
    "Leave": Verb(),
    "Redirect": Verb({"method": _METHODS}, text=True),
    "Reject": Verb({"reason": frozenset({"rejected", "busy"})}),
    "Record": Verb(
        {
            **_any(
                "action",
                "timeout",
                "finishOnKey",
                "maxLength",
                "trim",
                "recordingStatusCallback",
                "transcribeCallback",
            ),
            "method": _METHODS,
            "playBeep": _BOOLEANS,
            "transcribe": _BOOLEANS,
        }
    ),
}
#: What may stand inside <Say>.
SSML = frozenset(
    {"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}
)


def problems(document: str | bytes, grammar: dict[str, Verb]) -> list[str]:
    """Return what is wrong with a TwiML document; nothing if all is well."""
    raw = document.encode() if isinstance(document, str) else document
    try:
        root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        return [f"not XML: {error}"]
    if root.tag != "Response":
        return [f"the root is <{root.tag}>"]
    return _inside(root, grammar)


def _inside(element: etree._Element, grammar: dict[str, Verb]) -> list[str]:
    verb = grammar[element.tag]
    found = [
        f"<{element.tag} {name}={value!r}>"
        for name, value in element.attrib.items()
        if name not in verb.attributes
        or (verb.attributes[name] is not None and value not in verb.attributes[name])  # type: ignore[operator]
    ]
    texts = [element.text, *(child.tail for child in element)]
    if not verb.text and any(text and text.strip() for text in texts):
        found.append(f"text in <{element.tag}>")
    for child in element:
        if element.tag == "Say" and child.tag in SSML:
            continue
        if child.tag not in verb.children:
            found.append(f"<{child.tag}> in <{element.tag}>")
        else:
            found += _inside(child, grammar)
    return found
