"""Calls this installation's webhooks as the vendors do: signed over the public address, delivered to the gateway here."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp

from closer.kit.settings import Settings
from closer.providers.sendgrid_webhooks import own_key
from closer.providers.sendgrid_webhooks import sign as sign_mail
from closer.providers.twilio_webhooks import FORM_TYPE, SIGNATURE_HEADER, auth_token
from closer.providers.twilio_webhooks import sign as sign_form

INBOUND_MAIL = "/webhooks/email/inbound"
MAIL_EVENTS = "/webhooks/email/events"
_BOUNDARY = "xYzZY"
_WITHIN = aiohttp.ClientTimeout(total=15, sock_connect=2)  # as long as Twilio waits


@dataclass(frozen=True)
class Answered:
    """What a webhook answered; status 0 if nobody did."""

    status: int
    body: str = ""

    @property
    def well(self) -> bool:
        """Whether the vendor would be content."""
        return 200 <= self.status < 300


class WebhookCaller:
    """Posts to the installation's own webhooks, and nowhere else.

    Args:
        settings: Keys and the public address.
        gateway_url: The gateway; by default this machine's.
    """

    def __init__(self, settings: Settings, gateway_url: str | None = None) -> None:
        self._settings = settings
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
        self._gateway = gateway_url or f"http://{host}:{settings.port}"
        self._public = settings.public_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def twilio(self, target: str, fields: Mapping[str, str]) -> Answered:
        """Post a form as Twilio does.

        Args:
            target: Path and query, or a full address of this installation.
            fields: The form.
        """
        path = self._path(target)
        if path is None:
            return Answered(0)
        signature = sign_form(auth_token(self._settings), self._public + path, dict(fields))
        headers = {"Content-Type": FORM_TYPE, SIGNATURE_HEADER: signature}
        return await self._post(path, urlencode(fields).encode(), headers)

    async def mail(
        self, fields: Mapping[str, str], files: Sequence[tuple[str, str, bytes]]
    ) -> Answered:
        """Post a mail as Inbound Parse does; files are name, type and content."""
        body = multipart(fields, files)
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        return await self._signed(INBOUND_MAIL, body, kind)

    async def mail_events(self, events: Sequence[Mapping[str, Any]]) -> Answered:
        """Post events as the Event Webhook does."""
        return await self._signed(
            MAIL_EVENTS, json.dumps(events).encode() + b"\r\n", "application/json"
        )

    async def close(self) -> None:
        """Release connections."""
        if self._session is not None:
            await self._session.close()

    async def _signed(self, path: str, body: bytes, content_type: str) -> Answered:
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            self._settings.sendgrid_timestamp_header: stamp,
            self._settings.sendgrid_signature_header: sign_mail(
                own_key(self._settings), stamp, body
            ),
        }
        return await self._post(path, body, headers)

    async def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_WITHIN)
        try:
            async with self._session.post(
                self._gateway + path, data=body, headers=headers, allow_redirects=False
            ) as answer:
                return Answered(answer.status, await answer.text())
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
            return Answered(0)

    def _path(self, target: str) -> str | None:
        """Return path and query of an address of ours; a webhook elsewhere is not called."""
        parts = urlsplit(target)
        if parts.netloc and not target.startswith(f"{self._public}/"):
            return None
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


def multipart(fields: Mapping[str, str], files: Sequence[tuple[str, str, bytes]]) -> bytes:
    """Return a form as Inbound Parse writes it."""
    line = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
    parts = [f'{line}"{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    for number, (name, kind, content) in enumerate(files, start=1):
        safe = name.translate({ord(letter): "_" for letter in '"\r\n\\'})
        head = f'{line}"attachment{number}"; filename="{safe}"\r\nContent-Type: {kind}\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()
