"""SendGrid's API as far as we use it: Mail Send, and the events that tell what became of a mail."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, ValidationError

from api.simulator.desk import Desk, DeskDep
from closer.kit.ids import new_id
from closer.providers.sandbox import SandboxMessage

router = APIRouter()

_STEP_S = 0.25


class _Address(BaseModel):
    email: str = Field(min_length=3)
    name: str = ""


class _Person(BaseModel):
    to: list[_Address] = Field(min_items=1)
    custom_args: dict[str, str] = {}


class _Part(BaseModel):
    type: str
    value: str = Field(min_length=1)


class _Mail(BaseModel):
    personalizations: list[_Person] = Field(min_items=1, max_items=1000)
    sender: _Address = Field(alias="from")
    subject: str = Field(min_length=1)
    content: list[_Part] = Field(min_items=1)
    headers: dict[str, str] = {}


@router.post("/v3/mail/send")
async def send(request: Request, desk: DeskDep) -> Response:
    """Take a mail and deliver it."""
    key = request.headers.get("authorization", "")
    if not hmac.compare_digest(key, f"Bearer {desk.account.api_key}"):
        return _errors(401, "The provided authorization grant is invalid, expired, or revoked")
    refused = await desk.moods.refusal("sendgrid")
    if refused is not None:
        return refused
    try:
        mail = _Mail.parse_raw(await request.body())
    except ValidationError as error:
        return _errors(400, *(f"{item['loc'][0]}: {item['msg']}" for item in error.errors()))
    first = new_id()
    for number, person in enumerate(mail.personalizations):
        message = _message(mail, person, first if not number else new_id(), desk)
        await desk.keep(message)
        desk.later(_deliver(desk, message))
    return Response(status_code=202, headers={"X-Message-Id": first})


async def report(
    desk: Desk, message: SandboxMessage, event: str, more: Mapping[str, Any] | None = None
) -> bool:
    """Tell the Event Webhook of something; return whether it was taken."""
    body = {
        "event": event,
        "email": message.address,
        "timestamp": int(time.time()),
        "sg_event_id": secrets.token_urlsafe(16),
        "sg_message_id": f"{message.id}.recvd-simulator",
        **message.extras.get("custom_args", {}),
        **(more or {}),
    }
    return (await desk.caller.mail_events([body])).well


def _message(mail: _Mail, person: _Person, message_id: str, desk: Desk) -> SandboxMessage:
    parts = {part.type: part.value for part in mail.content}
    sender = f"{mail.sender.name} <{mail.sender.email}>" if mail.sender.name else mail.sender.email
    headers = {
        "From": sender,
        "To": person.to[0].email,
        "Subject": mail.subject,
        "Message-ID": f"<{message_id}@simulator.sendgrid.net>",
        **mail.headers,
    }
    return SandboxMessage(
        id=message_id,
        channel="email",
        address=person.to[0].email,
        subject=mail.subject,
        text=parts.get("text/plain", ""),
        at=desk.services.clock.now(),
        state="processed",
        extras={
            "ours": mail.sender.email,
            "html": parts.get("text/html", ""),
            "headers": headers,
            "custom_args": person.custom_args,
        },
    )


async def _deliver(desk: Desk, message: SandboxMessage) -> None:
    """Tell what becomes of a mail."""
    lost = await desk.moods.of("sendgrid") == "lost"
    outcomes: tuple[tuple[str, dict[str, str]], ...] = (
        ("processed", {}),
        ("bounce", {"reason": "550 5.1.1 no such mailbox", "status": "5.1.1", "type": "bounce"})
        if lost
        else ("delivered", {"response": "250 OK"}),
    )
    for event, more in outcomes:
        await asyncio.sleep(_STEP_S)
        await desk.became(message.id, event)
        await report(desk, message, event, more)


def _errors(status: int, *words: str) -> Response:
    return JSONResponse(
        {"errors": [{"message": text, "field": None, "help": None} for text in words]}, status
    )
