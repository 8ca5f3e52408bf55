"""The voice connector: calls by Twilio Voice. A request is what was heard, the answer a document that speaks and listens.

A turn that takes long does not leave the line dead: the answer says so and comes back for the result. The number of the
turn and how often nothing was heard travel in the (signed) addresses; everything else is in the conversation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from channels.call import SURE_OF_YES, UNSURE_BELOW, Call, identity_of, message_of, read_call
from channels.http import vendor_answered
from channels.inputs import ServedInput
from channels.twilio_forms import signed_form
from closer.conversations.turn import Entry, InboundMessage, TurnResult
from closer.customers.identity import Identity
from closer.handoff.policy import is_open
from closer.kit.columns import process_cipher
from closer.kit.errors import CloserError, Malformed
from closer.kit.logging import get_logger
from closer.kit.pagination import PageRequest
from closer.messaging import phone_wording as wording
from closer.messaging.choices import offered
from closer.messaging.spoken import spoken
from closer.providers import twiml
from closer.services import Services

_log = get_logger(__name__)
#: Seconds until "one moment please", and of each further look; Twilio waits 15.
FIRST_LOOK_S = 2.5
NEXT_LOOK_S = 8.0
_MOST_LOOKS = 6
_MISSED_TOO_OFTEN = 3
_YES = frozenset({"yes", "yeah", "yep", "sure", "ok", "okay", "confirm", "correct", "do it"})
_HINTS = (
    "order",
    "refund",
    "invoice",
    "cancel",
    "yes",
    "no",
    "agent",
    "repeat",
    "order number",
    "$OOV_CLASS_DIGIT_SEQUENCE",
)
_LISTENED = PageRequest(limit=20)
_WHISPER = "voice.whisper"


class VoiceInput(ServedInput):
    """Serves what Twilio Voice calls: `/webhooks/voice/incoming`, `turn`, `wait`, `dialled`, `whisper` and `status`."""

    channel = "voice"

    def routes(self, blueprint: Blueprint, services: Services) -> None:
        """Add the routes."""

        @blueprint.post("/<step:str>")
        async def step(request: Request, step: str) -> HTTPResponse:
            handler = _STEPS.get(step)
            if handler is None:
                return raw(b"", status=404)
            return await vendor_answered(request, services, "voice", _in_a_call(handler))


class Line:
    """One request of a call with all that its handler needs."""

    def __init__(
        self, request: Request, services: Services, call: Call, identity: Identity
    ) -> None:
        self.request, self.services = request, services
        self.call, self.identity = call, identity
        self.chain = request.app.ctx.chain
        self.form: Any = None
        settings = services.settings
        self.voice = twiml.Voice(settings.voice_name, settings.voice_language)

    def listen(self, said: str, *, missed: int = 0, offered_words: Sequence[str] = ()) -> str:
        """Say something and listen for the next turn."""
        action = self.call.at("turn", turn=self.call.turn + 1, missed=missed)
        return twiml.listen(self.voice, said, action, [*offered_words, *_HINTS])

    async def last_said(self) -> list[Entry]:
        """Return what the assistant said in its last turn of this conversation."""
        page = await self.services.conversations.history(self.identity.conversation_id, _LISTENED)
        said = [entry for entry in page.items if entry.sender == "assistant"]
        return [entry for entry in said if entry.message_id == said[-1].message_id] if said else []


Step = Callable[[Line], Awaitable[str]]


def _in_a_call(step: Step) -> Callable[[Request, Services], Awaitable[HTTPResponse]]:
    """Wrap a step: verify, read the call, answer with its document."""

    async def handle(request: Request, services: Services) -> HTTPResponse:
        form = signed_form(request, services.settings)
        call = read_call(request, form)
        line = Line(request, services, call, await identity_of(call, services))
        line.form = form
        return raw((await step(line)).encode(), content_type="text/xml")

    return handle


async def incoming(line: Line) -> str:
    """Answer the phone."""
    return line.listen(wording.hello(line.services.settings.shop_name))


async def turn(line: Line) -> str:
    """Take what was heard through the dialogue and say the answer."""
    missed = line.call.missed + 1
    if not line.call.heard:
        return await _not_heard(line, missed)
    if await _unsure(line):
        said = wording.not_sure(missed, line.call.heard)
        return await _again(line, said, missed)
    return await _answer(line, message_of(line.call, line.identity), FIRST_LOOK_S, looks=0)


async def wait(line: Line) -> str:
    """Come back for the result of a turn that takes long; `missed` counts the looks here."""
    return await _answer(
        line, message_of(line.call, line.identity), NEXT_LOOK_S, looks=line.call.missed
    )


async def dialled(line: Line) -> str:
    """Go on after a colleague was called: the talk is over, or nobody answered."""
    if line.form.get("DialCallStatus") in ("completed", "answered"):
        return twiml.say(line.voice, "Goodbye.", hang_up=True)
    request = await line.services.handoff.current(line.identity.conversation_id)
    return line.listen(wording.nobody(spoken_ticket(request.ticket_id if request else None)))


async def whisper(line: Line) -> str:
    """Tell the colleague whom they get and why; asked for on the colleague's own leg of the call."""
    try:
        conversation_id = process_cipher().decrypt(line.request.args.get("who", ""), _WHISPER)
    except (CloserError, ValueError) as error:
        raise Malformed("this whisper is about nobody") from error
    services = line.services
    page = await services.conversations.history(conversation_id, _LISTENED)
    request = await services.handoff.current(conversation_id)
    customer = await services.customers.find(conversation_id)
    words = [entry.text for entry in page.items if entry.sender == "customer" and entry.text]
    reason = request.reason if request else "asked"
    text = wording.whisper(customer.name if customer else None, reason, words[-2:])
    return twiml.say(line.voice, text, hang_up=False)


async def status(line: Line) -> str:
    """Take note that a call has ended; somebody who waited for a colleague in it waits no longer on the line."""
    ended = line.form.get("CallStatus", "")
    if ended in ("completed", "busy", "no-answer", "failed", "canceled"):
        text = f"The call has ended ({ended}, {line.form.get('CallDuration', '0')} s)."
        entry = line.services.conversations.entry(
            "system", "voice", message_id=f"{line.call.sid}.end", text=text
        )
        entry = entry.copy(update={"id": f"{line.call.sid}-end"})  # reported twice, kept once
        await line.services.conversations.append(line.identity.conversation_id, [entry])
    return twiml.nothing()


def spoken_ticket(ticket_id: str | None) -> str | None:
    """Return a ticket's number as it is said."""
    return " ".join(ticket_id[-6:]) if ticket_id else None


async def _answer(line: Line, message: InboundMessage, within_s: float, *, looks: int) -> str:
    """Run the turn, or look again for its result; the same message is never run twice."""
    running = asyncio.ensure_future(line.chain.run(message))
    try:
        result: TurnResult = await asyncio.wait_for(asyncio.shield(running), within_s)
    except asyncio.TimeoutError:
        running.add_done_callback(_finished_later)
        if looks >= _MOST_LOOKS:
            return line.listen(wording.gave_up())
        patience = wording.SLOW[min(looks, len(wording.SLOW) - 1)]
        return twiml.wait(line.voice, patience, line.call.at("wait", missed=looks + 1))
    return await _said(line, result)


async def _said(line: Line, result: TurnResult) -> str:
    entries = result.replies
    said = spoken(entries, keypad=True) or "Alright."
    if result.handoff.state == "waiting" and (number := _colleague(line.services)):
        return _connect(line, number)
    if "action_goodbye" in result.actions:
        return twiml.say(line.voice, said, hang_up=True)
    return line.listen(said, offered_words=[button.title for button in offered(entries)])


async def _not_heard(line: Line, missed: int) -> str:
    last = spoken(await line.last_said(), keypad=True) if missed == 1 else ""
    return await _again(line, wording.not_heard(missed, last), missed)


async def _again(line: Line, said: str, missed: int) -> str:
    """Ask again; after the third time in a row a person helps, or the call ends if nobody can."""
    if missed < _MISSED_TOO_OFTEN:
        action = line.call.at("turn", missed=missed)
        return twiml.listen(line.voice, said, action, _HINTS)
    request = await line.services.handoff.request(
        conversation_id=line.identity.conversation_id,
        reason="not_heard",
        customer_id=line.identity.customer_id,
        channel="voice",
    )
    if number := _colleague(line.services):
        return _connect(line, number)
    _log.info("call_given_up", call=line.call.sid, handoff=request.id)
    return twiml.say(line.voice, wording.goodbye(line.services.settings.shop_name), hang_up=True)


def _connect(line: Line, number: str) -> str:
    """Put the caller through; whom the colleague gets is told by an address that only we can write."""
    who = process_cipher().encrypt(line.identity.conversation_id, _WHISPER)
    return twiml.connect(
        line.voice,
        wording.connecting(),
        number=number,
        caller_id=line.services.settings.twilio_from_number or line.call.called,
        action=line.call.at("dialled"),
        whisper=f"{line.call.at('whisper')}&{urlencode({'who': who})}",
    )


async def _unsure(line: Line) -> bool:
    """Say whether what was heard is too unclear to act on; a yes to something irreversible must be clear."""
    if line.call.confidence < UNSURE_BELOW:
        return True
    if line.call.confidence >= SURE_OF_YES or line.call.heard.lower().strip(" .!") not in _YES:
        return False
    return any(button.payload == "/affirm" for button in offered(await line.last_said()))


def _colleague(services: Services) -> str | None:
    """Return the phone of the team, if somebody is there now."""
    number = services.settings.voice_agent_number
    return number if number and is_open(services.clock.now()) else None


def _finished_later(running: asyncio.Future[Any]) -> None:
    if not running.cancelled() and running.exception() is not None:
        _log.warning("turn_of_a_call_failed", reason=type(running.exception()).__name__)


_STEPS: dict[str, Step] = {
    "incoming": incoming,
    "turn": turn,
    "wait": wait,
    "dialled": dialled,
    "whisper": whisper,
    "status": status,
}
