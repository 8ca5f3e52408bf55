"""What a person writes by SMS, MMS or WhatsApp in the simulator, and what their carrier does with STOP, START and HELP."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from api.simulator.desk import Desk, DeskDep, as_json, vendor_id
from api.simulator.twilio import WHATSAPP, find_media, keep_media
from closer.kit.errors import InvalidInput, NotFound, TooLarge
from closer.messaging.media_types import is_kept
from closer.messaging.stop_words import steering
from closer.providers.sandbox import SandboxMessage

router = APIRouter(prefix="/api")

INBOUND = "/webhooks/sms/inbound"
_LARGEST_FILE = 5 * 2**20


class Text(BaseModel):
    """A text message that a person writes.

    Attributes:
        number: Theirs, E.164.
        text: What they write.
        whatsapp: By WhatsApp.
        media: Ids of files that were put there before.
    """

    number: str = Field(regex=r"^\+[1-9]\d{6,14}$")
    text: str = Field("", max_length=1600)
    whatsapp: bool = False
    media: list[str] = Field([], max_items=10)


@router.post("/texts", status_code=201)
async def write(text: Text, desk: DeskDep) -> dict[str, Any]:
    """Send a text message to the shop, through its signed webhook."""
    if not text.text.strip() and not text.media:
        raise InvalidInput("there is nothing to send")
    message = _message(text, desk)
    fields = await _fields(message, text, desk)
    await desk.keep(message)
    answered = await desk.caller.twilio(INBOUND, fields)
    state = "received" if answered.well else f"refused ({answered.status or 'nobody there'})"
    await desk.became(message.id, state)
    if not text.whatsapp:
        await _carrier(desk, text)
    kept = await desk.messages.find(message.id)
    return as_json(kept or message)


@router.post("/media", status_code=201)
async def put_file(request: Request, desk: DeskDep) -> dict[str, str]:
    """Keep a picture or file, to be sent with a message."""
    content = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if len(content) > _LARGEST_FILE:
        raise TooLarge("files of text messages have at most 5 MB")
    if not content or not is_kept(kind):
        raise InvalidInput("that is no kind of file that text messages carry")
    return {"id": await keep_media(desk, kind, content)}


@router.get("/media/{media}")
async def get_file(media: str, desk: DeskDep) -> Response:
    """Show a file."""
    found = await find_media(desk, media)
    if found is None:
        raise NotFound("this file is not there any more")
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox"}
    return Response(found[1], media_type=found[0], headers=headers)


def _message(text: Text, desk: Desk) -> SandboxMessage:
    prefix = WHATSAPP if text.whatsapp else ""
    ours = desk.account.whatsapp if text.whatsapp else desk.account.number
    return SandboxMessage(
        id=vendor_id("MM" if text.media else "SM"),
        channel="sms",
        address=f"{prefix}{text.number}",
        subject="",
        text=text.text,
        at=desk.services.clock.now(),
        incoming=True,
        state="sending",
        extras={
            "ours": f"{prefix}{ours}",
            "media": [f"/api/media/{media}" for media in text.media],
        },
    )


async def _fields(message: SandboxMessage, text: Text, desk: Desk) -> dict[str, str]:
    """Return the form that Twilio would post."""
    fields = {
        "ToCountry": "US",
        "ToState": "",
        "SmsMessageSid": message.id,
        "NumMedia": str(len(text.media)),
        "ToCity": "",
        "FromZip": "",
        "SmsSid": message.id,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": message.text,
        "FromCountry": "US",
        "To": str(message.extras["ours"]),
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": message.id,
        "AccountSid": desk.account.account_sid,
        "From": message.address,
        "ApiVersion": "2010-04-01",
    }
    base = f"{desk.settings.simulator_url}/2010-04-01/Accounts/{desk.account.account_sid}"
    for number, media in enumerate(text.media):
        found = await find_media(desk, media)
        if found is None:
            raise NotFound("this file is not there any more")
        fields[f"MediaUrl{number}"] = f"{base}/Messages/{message.id}/Media/{media}"
        fields[f"MediaContentType{number}"] = found[0]
    return fields


async def _carrier(desk: Desk, text: Text) -> None:
    """Block or unblock the number and answer, as carriers do with these words (for long numbers)."""
    blocked = await desk.moods.is_blocked(text.number)
    said = steering(text.text, opted_out=blocked, vendor_says="")
    if said is None or not said.by_carrier or not desk.settings.sms_carrier_opt_out:
        return
    if said.kind != "help":
        await desk.moods.block(text.number, blocked=said.kind == "stop")
    await desk.keep(
        SandboxMessage(
            id=vendor_id("SM"),
            channel="sms",
            address=text.number,
            subject="",
            text=_CARRIER_SAYS[said.kind],
            at=desk.services.clock.now(),
            state="from the carrier",
            extras={"ours": desk.account.number},
        )
    )


_CARRIER_SAYS = {
    "stop": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "start": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe.",
    "help": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
