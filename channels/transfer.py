"""Putting a caller through to the team's phone: the call to it, what the colleague hears, what came of it."""

from __future__ import annotations

from urllib.parse import urlencode

from channels.line import Line
from closer.handoff.policy import is_open
from closer.kit.columns import process_cipher
from closer.kit.errors import CloserError, Malformed
from closer.kit.pagination import PageRequest
from closer.messaging import phone_wording as wording
from closer.messaging.spoken import digit_by_digit
from closer.providers import twiml
from closer.providers.twilio_webhooks import Form
from closer.services import Services

_LISTENED = PageRequest(limit=20)
_WHISPER = "voice.whisper"


def colleague(services: Services) -> str | None:
    """Return the phone of the team, if somebody is there now."""
    number = services.settings.voice_agent_number
    return number if number and is_open(services.clock.now()) else None


def connect(line: Line, number: str, said: str = "") -> str:
    """Put the caller through; whom the colleague gets is told by an address that only we can write.

    Args:
        line: The request.
        number: The team's phone.
        said: What the caller is told first.
    """
    who = process_cipher().encrypt(line.identity.conversation_id, _WHISPER)
    return twiml.connect(
        line.voice,
        f"{said} {wording.connecting()}".strip(),
        number=number,
        caller_id=line.services.settings.twilio_from_number or line.call.called,
        action=line.call.at("dialled"),
        whisper=f"{line.call.at('whisper')}&{urlencode({'who': who})}",
    )


async def to_a_person(line: Line, reason: str) -> tuple[str | None, str | None]:
    """Ask for a person; return the document that puts the caller through (None if nobody is there), and the ticket."""
    request = await line.services.handoff.request(
        conversation_id=line.identity.conversation_id,
        reason=reason,
        customer_id=line.identity.customer_id,
        channel="voice",
    )
    number = colleague(line.services)
    return connect(line, number) if number else None, request.ticket_id


async def dialled(line: Line) -> str:
    """Go on after a colleague was called: the talk is over, or nobody answered and the assistant has the call again."""
    handoff, conversation = line.services.handoff, line.identity.conversation_id
    if spoke(line.form):
        await handoff.picked_up(conversation)
        if await handoff.talked(conversation):
            await line.note(f"talk{line.call.turn}", "A colleague spoke with the caller.")
        return twiml.say(line.voice, wording.talk_over(), hang_up=True)
    request = await handoff.not_reached(conversation)
    if request is not None and request.state != "closed":
        return line.listen(wording.with_colleague(), tried=line.call.turn)
    if request is not None:
        await line.note(f"talk{line.call.turn}", "No colleague answered the phone.")
    said = wording.nobody(spoken_ticket(request.ticket_id if request else None))
    return line.listen(said, tried=line.call.turn)


async def whisper(line: Line) -> str:
    """Tell the colleague whom they get and why; asked for on the colleague's own leg, as soon as they pick up."""
    try:
        conversation_id = process_cipher().decrypt(line.request.args.get("who", ""), _WHISPER)
    except (CloserError, ValueError) as error:
        raise Malformed("this whisper is about nobody") from error
    services = line.services
    await services.handoff.picked_up(conversation_id)
    page = await services.conversations.history(conversation_id, _LISTENED)
    request = await services.handoff.current(conversation_id)
    customer = await services.customers.find(conversation_id)
    words = [entry.text for entry in page.items if entry.sender == "customer" and entry.text]
    reason = request.reason if request else "asked"
    text = wording.whisper(customer.name if customer else None, reason, words[-2:])
    return twiml.say(line.voice, text, hang_up=False)


def spoke(form: Form) -> bool:
    """Say whether a called colleague and the caller were connected."""
    reached = form.get("DialCallStatus") in ("completed", "answered")
    return reached and form.get("DialBridged", "true").lower() != "false"


def spoken_ticket(ticket_id: str | None) -> str | None:
    """Return a ticket's whole number as it is said, sign by sign."""
    return digit_by_digit(ticket_id) if ticket_id else None
