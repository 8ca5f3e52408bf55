"""The voice connector: calls by Twilio Voice. A request is what was heard, the answer a document that speaks and listens.

A turn that takes long does not leave the line dead: the answer says so and comes back for the result; one that is given up
is owed, and told before anything else is taken. The number of the turn and what was not heard, owed or tried travel in the
(signed) addresses; everything else is in the conversation. An outage never ends a call: Twilio would hang up at an error.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, raw

from channels.call import SURE_OF_YES, UNSURE_BELOW, Call, identity_of, read_call
from channels.http import vendor_answered
from channels.inputs import ServedInput
from channels.line import Line, likely, voice_of
from channels.transfer import (
    colleague,
    connect,
    dialled,
    spoke,
    spoken_ticket,
    to_a_person,
    whisper,
)
from channels.twilio_forms import signed_form
from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.errors import Unavailable
from closer.kit.logging import get_logger
from closer.messaging import phone_wording as wording
from closer.messaging.phone_steps import question_for
from closer.messaging.spoken import spoken
from closer.providers import twiml
from closer.providers.twilio_webhooks import Form
from closer.services import Services

_log = get_logger(__name__)
#: Seconds until "one moment please", and of each further look: a few seconds of silence are dead air. Twilio waits 15.
FIRST_LOOK_S = 2.5
NEXT_LOOK_S = 3.0
_MOST_LOOKS = 10
_MISSED_TOO_OFTEN = 3
_YES = frozenset({"yes", "yeah", "yep", "sure", "ok", "okay", "confirm", "correct", "do it"})
_PERSON = re.compile(
    r"\b(person|human|agent|colleague|representative|operator|somebody|someone)\b", re.IGNORECASE
)
_TRANSFERRED = "action_handoff"


class VoiceInput(ServedInput):
    """Serves what Twilio Voice calls: `/webhooks/voice/incoming`, `turn`, `wait`, `dialled`, `whisper` and `status`."""

    channel = "voice"

    def routes(self, blueprint: Blueprint, services: Services) -> None:
        """Add the routes."""

        @blueprint.post("/<step:str>")
        async def step(request: Request, step: str) -> HTTPResponse:
            if step not in _STEPS:
                return raw(b"", status=404)
            return await vendor_answered(request, services, "voice", _in_a_call(step))


Step = Callable[[Line], Awaitable[str]]


def _in_a_call(name: str) -> Callable[[Request, Services], Awaitable[HTTPResponse]]:
    """Wrap a step: verify, read the call, answer with its document."""

    async def handle(request: Request, services: Services) -> HTTPResponse:
        form = signed_form(request, services.settings)
        call = read_call(request, form)
        try:
            line = Line(request, services, call, await identity_of(call, services), form)
            document = await _STEPS[name](line)
        except Unavailable as error:
            _log.warning("call_meets_an_outage", step=name, code=error.code)
            document = _in_an_outage(name, services, call, form)
        return raw(document.encode(), content_type="text/xml")

    return handle


async def incoming(line: Line) -> str:
    """Answer the phone."""
    said, asked = await _greeting(line)
    return line.listen(said, step=asked)


async def turn(line: Line) -> str:
    """Take what was heard through the dialogue and say the answer."""
    if line.call.owed:
        return await _owed(line)
    missed = line.call.missed + 1
    if not line.call.heard:
        return await _not_heard(line, missed)
    if await _unsure(line):
        said = wording.not_sure(missed, line.call.heard)
        return await _again(line, said, missed, await line.before())
    return await _answer(line, line.message, FIRST_LOOK_S, looks=0)


async def wait(line: Line) -> str:
    """Come back for the result of a turn that takes long; `missed` counts the looks here."""
    record = await line.services.conversations.record(line.message)
    looks = line.call.missed
    if record is not None:
        return await _answer(line, record.message, NEXT_LOOK_S, looks=looks)
    if looks >= _MOST_LOOKS:
        return line.listen_again(wording.lost(), after=await line.before())
    return _one_moment(line.services, line.call, looks)


async def status(line: Line) -> str:
    """Take note that a call has ended, and with it a talk with a colleague."""
    ended = line.form.get("CallStatus", "")
    if ended in ("completed", "busy", "no-answer", "failed", "canceled"):
        seconds = line.form.get("CallDuration", "0")
        await line.note("end", f"The call has ended ({ended}, {seconds} s).")
        await line.services.handoff.talked(line.identity.conversation_id)
    return twiml.nothing()


async def _greeting(line: Line) -> tuple[str, str | None]:
    """Return how the call begins, and what is asked for: a conversation that was moved here goes on."""
    shop, customer = line.services.settings.shop_name, line.identity.customer_id
    stands = await line.services.reach.going_on(customer, "voice") if customer else None
    if stands is None:
        return wording.hello(shop), None
    task = stands.task if stands.task != "switch_channel" else None
    asked = stands.step if task else None
    return wording.going_on(shop, task, question_for(asked)), asked


async def _answer(line: Line, message: InboundMessage, within_s: float, *, looks: int) -> str:
    """Run the turn, or look again for its result; the same message is never run twice."""
    running = asyncio.ensure_future(line.chain.run(message))
    try:
        result: TurnResult = await asyncio.wait_for(asyncio.shield(running), within_s)
    except asyncio.TimeoutError:
        running.add_done_callback(_finished_later)
    except Unavailable as error:
        if error.code == "message_failed":
            return line.listen(wording.failed())
        _log.warning("turn_of_a_call_waits", code=error.code)  # it is tried again
    else:
        return await _said(line, result)
    if looks < _MOST_LOOKS:
        return _one_moment(line.services, line.call, looks)
    owed = line.call.owed + 1
    if owed >= _MISSED_TOO_OFTEN:
        return await _help_for_the_owed(line)
    return line.listen_again(wording.gave_up(), owed=owed)


async def _said(line: Line, result: TurnResult) -> str:
    said = spoken(result.replies, keypad=True)
    if said and line.call.owed:
        said = f"{wording.asked_before()} {said}"
    state, number = result.handoff.state, colleague(line.services)
    led = state == "with_agent"
    if number and (state == "waiting" or (led and not line.call.tried)):
        # That somebody was asked for is told by the call itself; any other answer must not get lost.
        return connect(line, number, "" if _TRANSFERRED in result.actions else said)
    if led:
        return line.listen(said or wording.with_colleague(), after=result)
    if "action_goodbye" in result.actions:
        return twiml.say(line.voice, said or wording.talk_over(), hang_up=True)
    return line.listen(said or wording.noted(), after=result)


async def _owed(line: Line) -> str:
    """Tell the answer that is owed: who has not heard a question cannot have answered it, so their words only fetch it."""
    if _PERSON.search(line.call.heard):
        return await _help_for_the_owed(line)
    record = await line.services.conversations.record(line.message)
    if record is None:
        return line.listen_again(wording.lost(), after=await line.before())
    return await _answer(line, record.message, FIRST_LOOK_S, looks=0)


async def _help_for_the_owed(line: Line) -> str:
    """Let a person help where the answer does not come."""
    connected, ticket = await to_a_person(line, "slow_answer")
    if connected is not None:
        return connected
    said = wording.noted_for_later(line.services.settings.shop_name, spoken_ticket(ticket))
    return twiml.say(line.voice, said, hang_up=True)


async def _not_heard(line: Line, missed: int) -> str:
    before = await line.before()
    last, asked = "", None
    if before is not None and not (before.task and before.task.complete):
        last = spoken(before.replies, keypad=True)
    elif (
        before is not None
    ):  # it is done, and saying so once more would sound as if it were done again
        last = wording.anything_else()
    elif line.call.turn <= 1:
        last, asked = await _greeting(line)
    else:
        last = wording.anything_else()
    said = wording.not_heard(missed, last if missed == 1 else "")
    return await _again(line, said, missed, before, asked)


async def _again(
    line: Line, said: str, missed: int, before: TurnResult | None, asked: str | None = None
) -> str:
    """Ask again; after the third time in a row a person helps, or the call ends if nobody can."""
    if missed < _MISSED_TOO_OFTEN:
        return line.listen_again(said, missed=missed, after=before, step=asked)
    connected, ticket = await to_a_person(line, "not_heard")
    if connected is not None:
        return connected
    _log.info("call_given_up", call=line.call.sid, ticket=ticket)
    return twiml.say(line.voice, wording.goodbye(line.services.settings.shop_name), hang_up=True)


async def _unsure(line: Line) -> bool:
    """Say whether what was heard is too unclear to act on; a yes to something irreversible must be clear."""
    if line.call.confidence < UNSURE_BELOW:
        return True
    if line.call.confidence >= SURE_OF_YES or line.call.heard.lower().strip(" .!") not in _YES:
        return False
    return "/affirm" in await line.open_choices()


def _in_an_outage(name: str, services: Services, call: Call, form: Form) -> str:
    """Return what can be said without anything that is stored."""
    voice, shop = voice_of(services), services.settings.shop_name
    if name == "wait" and call.missed < _MOST_LOOKS:
        return _one_moment(services, call, call.missed)
    if name == "status":
        return twiml.nothing()
    if name == "whisper":
        return twiml.say(voice, wording.whisper(None, "asked", ()), hang_up=False)
    if name == "dialled" and spoke(form):
        return twiml.say(voice, wording.talk_over(), hang_up=True)
    if name == "dialled":
        said, action = wording.nobody(None), call.at("turn", turn=call.turn + 1, tried=call.turn)
    elif name == "incoming":
        said, action = wording.hello(shop), call.at("turn", turn=1)
    elif call.missed + 1 < _MISSED_TOO_OFTEN or name == "wait":
        missed = 0 if name == "wait" else call.missed + 1
        said, action = wording.lost(), call.at("turn", missed=missed, owed=call.owed)
    else:
        return twiml.say(voice, wording.out_of_order(shop), hang_up=True)
    return twiml.listen(voice, said, action, likely(None))


def _one_moment(services: Services, call: Call, looks: int) -> str:
    action = call.at("wait", missed=looks + 1, owed=call.owed)
    return twiml.wait(voice_of(services), wording.one_moment(looks), action)


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
