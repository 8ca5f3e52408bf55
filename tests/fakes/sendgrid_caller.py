"""Calls webhooks as SendGrid does: multipart forms and lists of events, signed over time stamp and raw body."""

from __future__ import annotations

import base64
import json
import time
from itertools import count
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

BOUNDARY = "xYzZY"
FORM = f"multipart/form-data; boundary={BOUNDARY}"
_numbers = count(1)


def signed(
    key: ec.EllipticCurvePrivateKey, body: bytes, *, at: float | None = None
) -> dict[str, str]:
    """Return the headers that prove who sent a body."""
    stamp = str(int(time.time() if at is None else at))
    signature = key.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
    }


def message_id() -> str:
    """Return a fresh Message-ID."""
    return f"<{next(_numbers)}.test@mail.example.org>"


def mail(
    text: str,
    sender: str = "Ann Lee <ann@example.org>",
    subject: str = "My order",
    *,
    headers: str = "",
    files: tuple[tuple[str, str, bytes], ...] = (),
    **more: str,
) -> bytes:
    """Return the body of an inbound mail in parsed mode."""
    fields = {
        "headers": f"Message-ID: {message_id()}\n{headers}",
        "from": sender,
        "to": "help@northlight.example",
        "subject": subject,
        "text": text,
        "envelope": json.dumps({"to": ["help@northlight.example"], "from": "ann@example.org"}),
        "charsets": "{}",
        "SPF": "pass",
        **more,
    }
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    for number, (name, kind, content) in enumerate(files, start=1):
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="attachment{number}"; filename="{name}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        )
        parts += [head.encode() + content + b"\r\n"]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def events(*found: dict[str, Any]) -> bytes:
    """Return the body of a call with events, with the line end that is signed as well."""
    plain = {"timestamp": int(time.time()), "email": "ann@example.org"}
    numbered = [{**plain, "sg_event_id": f"ev{next(_numbers)}", **event} for event in found]
    return json.dumps(numbered).encode() + b"\r\n"
