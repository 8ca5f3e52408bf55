"""What a person writes by mail in the simulator, and what they do with the mails that they get."""

from __future__ import annotations

import base64
import binascii
import json
from email.utils import format_datetime, formataddr
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from api.simulator.desk import Desk, DeskDep, as_json
from api.simulator.sendgrid import report
from closer.kit.errors import InvalidInput, NotFound
from closer.kit.ids import new_id
from closer.providers.sandbox import SandboxMessage

router = APIRouter(prefix="/api/mails")

_HTML_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"


class File(BaseModel):
    """Something attached; its content in base64."""

    name: str = Field(min_length=1, max_length=200)
    type: str = Field("application/octet-stream", regex=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$")
    content: str = Field(max_length=10 * 2**20)


class Letter(BaseModel):
    """A mail that a person writes; `reply_to` is the id of the mail that it answers."""

    address: str = Field(regex=r"^[^@\s<>\"]+@[^@\s<>\"]+$", max_length=200)
    name: str = Field("", max_length=100)
    subject: str = Field("", max_length=300)
    text: str = Field("", max_length=100_000)
    reply_to: str | None = None
    files: list[File] = Field([], max_items=10)


class Done(BaseModel):
    """What a person does with a mail, in SendGrid's word."""

    event: Literal["open", "spamreport", "unsubscribe"]


@router.post("", status_code=201)
async def write(letter: Letter, desk: DeskDep) -> dict[str, Any]:
    """Send a mail to the shop, through its signed webhook."""
    answered = await _found(desk, letter.reply_to) if letter.reply_to else None
    files = [(file.name, file.type, _content(file)) for file in letter.files]
    message = _message(letter, answered, desk)
    await desk.keep(message)
    result = await desk.caller.mail(_fields(message, desk), files)
    state = "received" if result.well else f"refused ({result.status or 'nobody there'})"
    await desk.became(message.id, state)
    kept = await desk.messages.find(message.id)
    return as_json(kept or message)


@router.post("/{message_id}/events", status_code=201)
async def act(message_id: str, done: Done, desk: DeskDep) -> dict[str, bool]:
    """Open a mail, call it spam or unsubscribe by the vendor's link; the shop is told."""
    message = await _found(desk, message_id)
    if message.incoming:
        raise InvalidInput("that is the person's own mail")
    await desk.became(message_id, done.event)
    return {"taken": await report(desk, message, done.event)}


@router.get("/{message_id}/html")
async def show(message_id: str, desk: DeskDep) -> Response:
    """Show the second form of a mail, in a frame that may do nothing."""
    message = await _found(desk, message_id)
    headers = {"Content-Security-Policy": _HTML_POLICY}
    return HTMLResponse(str(message.extras.get("html") or ""), headers=headers)


def _message(letter: Letter, answered: SandboxMessage | None, desk: Desk) -> SandboxMessage:
    now, message_id = desk.services.clock.now(), new_id()
    headers = {
        "Message-ID": f"<{message_id}@mail.simulator.example>",
        "Date": format_datetime(now),
        "From": formataddr((letter.name, letter.address)),
        "To": desk.settings.mail_from,
        "Subject": " ".join(letter.subject.split()),
        "MIME-Version": "1.0",
    }
    text = letter.text
    if answered is not None:
        text = f"{text}\n\n{_quoted(answered)}"
        before = str(answered.extras["headers"].get("References", ""))
        own = str(answered.extras["headers"].get("Message-ID", ""))
        headers |= {"In-Reply-To": own, "References": f"{before} {own}".strip()}
    return SandboxMessage(
        id=message_id,
        channel="email",
        address=letter.address,
        subject=headers["Subject"],
        text=text,
        at=now,
        incoming=True,
        state="sending",
        extras={"headers": headers, "files": [file.name for file in letter.files]},
    )


def _fields(message: SandboxMessage, desk: Desk) -> dict[str, str]:
    """Return the form that Inbound Parse would post."""
    headers = message.extras["headers"]
    envelope = {"to": [desk.settings.mail_from], "from": message.address}
    names = ("to", "html", "subject", "from", "text")
    return {
        "headers": "".join(f"{name}: {value}\n" for name, value in headers.items()),
        "dkim": "{@mail.simulator.example : pass}",
        "to": desk.settings.mail_from,
        "from": headers["From"],
        "text": message.text,
        "subject": message.subject,
        "sender_ip": "192.0.2.1",
        "envelope": json.dumps(envelope),
        "charsets": json.dumps(dict.fromkeys(names, "UTF-8")),
        "SPF": "pass",
        "attachments": str(len(message.extras["files"])),
    }


def _quoted(mail: SandboxMessage) -> str:
    """Return a mail as programs quote it below an answer."""
    sender = mail.extras["headers"].get("From", "")
    lines = "\n".join(f"> {line}".rstrip() for line in mail.text.splitlines())
    return f"On {mail.at:%a, %d %b %Y at %H:%M}, {sender} wrote:\n\n{lines}\n"


def _content(file: File) -> bytes:
    try:
        return base64.b64decode(file.content, validate=True)
    except binascii.Error as error:
        raise InvalidInput("an attachment is not in base64") from error


async def _found(desk: Desk, message_id: str) -> SandboxMessage:
    message = await desk.messages.find(message_id)
    if message is None or message.channel != "email":
        raise NotFound("there is no such mail")
    return message
