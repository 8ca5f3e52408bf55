"""Twilio's API as far as we use it: messages are accepted, delivered with status callbacks, and their media is served.

Requests and answers have the shape of Twilio's 2010-04-01 API; errors have its codes.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from api.simulator.desk import Desk, DeskDep, vendor_id
from closer.kit.columns import process_cipher
from closer.providers.sandbox import SandboxMessage

router = APIRouter(prefix="/2010-04-01/Accounts/{account}")

WHATSAPP = "whatsapp:"
MEDIA_KEPT_S = 86400
_ADDRESS = re.compile(r"(whatsapp:)?\+[1-9]\d{6,14}")
_LONGEST = 1600
_STEP_S = 0.25
_MEDIA = "simulator:media"
UNREACHABLE = "30003"


@router.post("/Messages.json")
async def create_message(account: str, request: Request, desk: DeskDep) -> Response:
    """Take a message and deliver it."""
    refused = _not_ours(account, request, desk) or await desk.moods.refusal("twilio")
    if refused is not None:
        return refused
    fields = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    wrong = await _wrong(fields, desk)
    if wrong is not None:
        return _error(400, *wrong)
    message = _message(fields, desk)
    await desk.keep(message)
    desk.later(_deliver(desk, message))
    return JSONResponse(_created(message, desk), 201)


@router.get("/Messages/{message}/Media/{media}")
async def get_media(account: str, media: str, request: Request, desk: DeskDep) -> Response:
    """Serve a file that came with a message."""
    refused = _not_ours(account, request, desk)
    if refused is not None:
        return refused
    found = await find_media(desk, media)
    if found is None:
        return _error(404, 20404, "The requested resource was not found")
    kind, content = found
    return Response(content, media_type=kind)


async def keep_media(desk: Desk, content_type: str, content: bytes) -> str:
    """Keep a file for a day; return its id."""
    media = vendor_id("ME")
    text = f"{content_type};{base64.b64encode(content).decode()}"
    sealed = process_cipher().encrypt(text, _MEDIA)
    await desk.services.redis.set(f"{_MEDIA}:{media}", sealed, ex=MEDIA_KEPT_S)
    return media


async def find_media(desk: Desk, media: str) -> tuple[str, bytes] | None:
    """Return type and content of a file."""
    sealed = await desk.services.redis.get(f"{_MEDIA}:{media}")
    if sealed is None:
        return None
    kind, _, text = process_cipher().decrypt(sealed, _MEDIA).partition(";")
    return kind, base64.b64decode(text)


def _not_ours(account: str, request: Request, desk: Desk) -> Response | None:
    pair = f"{desk.account.account_sid}:{desk.account.auth_token}".encode()
    expected = f"Basic {base64.b64encode(pair).decode()}"
    given = request.headers.get("authorization", "")
    if account == desk.account.account_sid and hmac.compare_digest(expected, given):
        return None
    return _error(401, 20003, "Authenticate")


async def _wrong(fields: Mapping[str, list[str]], desk: Desk) -> tuple[int, str] | None:
    """Return what Twilio would refuse in a message: its code and words."""
    to, sender = fields.get("To", [""])[0], fields.get("From", [""])[0]
    text, media = fields.get("Body", [""])[0], fields.get("MediaUrl", [])
    checks = (
        (
            _ADDRESS.fullmatch(to) is None,
            21211,
            f"The 'To' number {to} is not a valid phone number",
        ),
        (not sender, 21603, "A 'From' phone number is required"),
        (
            sender not in _our_senders(desk),
            21606,
            "The 'From' number is not a number of the account",
        ),
        (to.startswith(WHATSAPP) != sender.startswith(WHATSAPP), 21910, "Invalid From and To pair"),
        (not text and not media, 21602, "Message body is required"),
        (len(text) > _LONGEST, 21617, "The message body exceeds the 1600 character limit"),
        (len(media) > 10, 21623, "Number of media files exceeds allowed limit"),
    )
    found = next(((code, words) for wrong, code, words in checks if wrong), None)
    if found is None and await desk.moods.is_blocked(to):
        return 21610, "Attempt to send to unsubscribed recipient"
    return found


def _our_senders(desk: Desk) -> tuple[str, ...]:
    return desk.account.number, f"{WHATSAPP}{desk.account.whatsapp}"


def _message(fields: Mapping[str, list[str]], desk: Desk) -> SandboxMessage:
    media = fields.get("MediaUrl", [])
    return SandboxMessage(
        id=vendor_id("MM" if media else "SM"),
        channel="sms",
        address=fields["To"][0],
        subject="",
        text=fields.get("Body", [""])[0],
        at=desk.services.clock.now(),
        state="queued",
        extras={
            "ours": fields["From"][0],
            "media": media,
            "callback": fields.get("StatusCallback", [""])[0],
        },
    )


def _created(message: SandboxMessage, desk: Desk) -> dict[str, Any]:
    at, sid = format_datetime(message.at), desk.account.account_sid
    uri = f"/2010-04-01/Accounts/{sid}/Messages/{message.id}"
    media = message.extras["media"]
    return {
        "account_sid": sid,
        "api_version": "2010-04-01",
        "body": message.text,
        "date_created": at,
        "date_sent": None,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": message.extras["ours"],
        "messaging_service_sid": None,
        "num_media": str(len(media)),
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": message.id,
        "status": message.state,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.address,
        "uri": f"{uri}.json",
    }


async def _deliver(desk: Desk, message: SandboxMessage) -> None:
    """Tell what becomes of a message: sent, then delivered (WhatsApp: read as well), or not."""
    whatsapp = message.address.startswith(WHATSAPP)
    states = ["sent", "delivered", "read"] if whatsapp else ["sent", "delivered"]
    if await desk.moods.of("twilio") == "lost":
        states = ["sent", "undelivered"]
    for state in states:
        await asyncio.sleep(_STEP_S)
        await desk.became(message.id, state)
        if message.extras["callback"]:
            await desk.caller.twilio(message.extras["callback"], _report(desk, message, state))


def _report(desk: Desk, message: SandboxMessage, state: str) -> dict[str, str]:
    fields = {
        "SmsSid": message.id,
        "SmsStatus": state,
        "MessageStatus": state,
        "To": message.address,
        "MessageSid": message.id,
        "AccountSid": desk.account.account_sid,
        "From": str(message.extras["ours"]),
        "ApiVersion": "2010-04-01",
    }
    return {**fields, "ErrorCode": UNREACHABLE} if state == "undelivered" else fields


def _error(status: int, code: int, words: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": words, "more_info": more, "status": status}
    return JSONResponse(body, status)
