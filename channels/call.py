"""A call as Twilio's requests tell of it: who calls, what was heard, which turn it is and how often nothing was heard."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from sanic.request import Request

from channels.twilio_forms import is_address
from closer.conversations.turn import InboundMessage
from closer.customers.identity import Identity, visitor_id
from closer.kit.errors import Malformed
from closer.providers.twilio_webhooks import Form
from closer.services import Services

#: What Twilio puts where a caller shows no number; thousands share them.
_NOBODY = frozenset(
    {
        "+266696687",  # "anonymous" on a keypad
        "+7378742833",  # "restricted"
        "+2562533",  # "blocked"
        "+8656696",  # "unknown"
        "+86282452253",  # "unavailable"
    }
)
#: Below this a recogniser's confidence is a guess.
UNSURE_BELOW = 0.4
#: Below this a mere yes is not taken for one.
SURE_OF_YES = 0.6
#: What the key 0 says, as on any other phone.
_FOR_A_PERSON = "I'd like to speak to a person"
_CALL = re.compile(r"CA[0-9a-fA-F]{32}")
_DIGITS_APART = re.compile(r"(?<=\d)[ ,.-]{1,2}(?=\d)")
_MOST_TURNS = 500
_LONGEST_HEARD = 2000


@dataclass(frozen=True)
class Call:
    """A request within a call.

    Attributes:
        sid: The call's id.
        caller: The number that it comes from, or None if that names nobody.
        called: The number of ours.
        turn: The number of the turn that the request is about, from 1.
        missed: How often in a row nothing (sure) was heard.
        owed: How often the answer to this turn was given up as too slow; until it is told, nothing else is taken.
        tried: The turn in which a colleague was last called in vain, 0 if none was.
        heard: What the caller said or typed.
        confidence: How sure the recogniser is, 0 to 1; 1 for keys.
    """

    sid: str
    caller: str | None
    called: str
    turn: int
    missed: int
    heard: str
    confidence: float
    owed: int = 0
    tried: int = 0

    @property
    def message_id(self) -> str:
        """The id of the message of this turn: a call has many requests, each turn is one message."""
        return f"{self.sid}.{self.turn}"

    def at(
        self,
        path: str,
        *,
        turn: int | None = None,
        missed: int = 0,
        owed: int = 0,
        tried: int | None = None,
    ) -> str:
        """Return the address of the next request of this call."""
        numbers = {"turn": self.turn if turn is None else turn, "missed": missed}
        more = {"owed": owed, "tried": self.tried if tried is None else tried}
        numbers |= {name: number for name, number in more.items() if number}
        return f"/webhooks/voice/{path}?{urlencode(numbers)}"


def read_call(request: Request, form: Form) -> Call:
    """Return the call that a signed request is about.

    Raises:
        Malformed: if it has no call or its numbers are none.
    """
    sid = form.get("CallSid", "")
    if _CALL.fullmatch(sid) is None:
        raise Malformed("CallSid is missing or no id")
    keys = form.get("Digits", "").strip()
    speech = form.get("SpeechResult", "").strip()[:_LONGEST_HEARD]
    return Call(
        sid=sid,
        caller=_caller(form.get("From", "").strip()),
        called=form.get("To", "").strip(),
        turn=_number(request, "turn"),
        missed=_number(request, "missed"),
        heard=_FOR_A_PERSON if keys == "0" else keys[:100] or joined(speech),
        confidence=1.0 if keys else _confidence(form.get("Confidence", "")),
        owed=_number(request, "owed"),
        tried=_number(request, "tried"),
    )


async def identity_of(call: Call, services: Services) -> Identity:
    """Return whose conversation a call is: the number's, or its own when the number names nobody."""
    if call.caller is None:
        return Identity(visitor_id("device", call.sid))
    return await services.identities.resolve("phone", call.caller)


def message_of(call: Call, identity: Identity) -> InboundMessage:
    """Return what was heard as a message; a number can be forged and proves nothing."""
    return InboundMessage(
        message_id=call.message_id,
        channel="voice",
        conversation_id=identity.conversation_id,
        customer_id=identity.customer_id,
        proven=False,
        text=call.heard,
        context={"call": call.sid, "confidence": round(call.confidence, 3)},
        household=identity.household,
    )


def joined(speech: str) -> str:
    """Return speech with spelled digits together: a recogniser writes "1 2 3 4 5" for an order number."""
    if len(re.findall(r"(?<!\d)\d(?!\d)", speech)) < 4:
        return speech
    return _DIGITS_APART.sub("", speech)


def _caller(number: str) -> str | None:
    return number if is_address(number) and number not in _NOBODY else None


def _confidence(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 1.0  # some models give none
    return min(max(value, 0.0), 1.0) if value else 1.0


def _number(request: Request, name: str) -> int:
    text = request.args.get(name, "0")
    if not (text.isascii() and text.isdigit() and int(text[:4]) <= _MOST_TURNS):
        raise Malformed(f"{name} is no number")
    return int(text)
