"""E-mail by SendGrid's Mail Send API."""

from __future__ import annotations

import asyncio
import logging
import socket
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from python_http_client.exceptions import HTTPError  # type: ignore[import-untyped]
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Content, CustomArg, From, Header, Mail, Personalization, To

from closer.kit.errors import ProviderError
from closer.providers.base import (
    DEADLINE_S,
    HealthRecord,
    OutboundMessage,
    ProviderHealth,
    ProviderReceipt,
    call_vendor,
)
from closer.providers.sendgrid_webhooks import KEY_FIELD

HOST = "https://api.sendgrid.com"

# At debug level its client would log the key, the address and the text.
_CHATTY = "python_http_client.client"


class SendGridMail:
    """Sends e-mail by SendGrid; its client blocks, so it runs in a thread.

    Args:
        api_key: The secret.
        sender: The address that mails come from.
        sender_name: The name beside it.
        host: Another server that speaks SendGrid's API.
        deadline_s: Seconds for all attempts of a message.
    """

    name = "sendgrid"
    channel = "email"

    def __init__(
        self,
        api_key: str,
        sender: str,
        sender_name: str,
        *,
        host: str = HOST,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        logging.getLogger(_CHATTY).setLevel(logging.WARNING)
        self._client = SendGridAPIClient(api_key, host=host)
        self._client.client.timeout = deadline_s
        self._sender = From(sender, sender_name)
        self._deadline_s = deadline_s
        self._health = HealthRecord(self.name, self.channel)

    async def send(self, message: OutboundMessage) -> ProviderReceipt:
        """Send a message; see `MessageProvider.send`. The idempotency key comes back in its events."""
        return await call_vendor(
            lambda: self._post(message), self._health, deadline_s=self._deadline_s
        )

    async def health(self) -> ProviderHealth:
        """Tell how the last calls went."""
        return self._health.state()

    async def close(self) -> None:
        """Nothing to release: each call has its own connection."""

    async def _post(self, message: OutboundMessage) -> ProviderReceipt:
        try:
            answer = await asyncio.to_thread(self._client.send, self._mail(message))
        except HTTPError as error:
            raise _mapped(error) from error
        except TimeoutError as error:
            raise ProviderError("SendGrid did not answer in time", outcome_unknown=True) from error
        except (OSError, HTTPException) as error:
            raise ProviderError(
                "SendGrid cannot be reached", outcome_unknown=not _never_left(error)
            ) from error
        return ProviderReceipt(self.name, str(answer.headers.get("X-Message-Id", "")), "queued")

    def _mail(self, message: OutboundMessage) -> Mail:
        sender = From(message.from_address) if message.from_address else self._sender
        mail = Mail(from_email=sender, subject=message.subject or "Your message")
        person = Personalization()
        person.add_to(To(message.to))
        person.add_custom_arg(CustomArg(KEY_FIELD, message.idempotency_key))
        mail.add_personalization(person)
        mail.add_content(Content("text/plain", message.text))
        if message.html:
            mail.add_content(Content("text/html", message.html))
        for name, value in message.headers.items():
            mail.add_header(Header(name, value))
        return mail


def _mapped(error: Any) -> ProviderError:
    status = int(error.status_code)
    if status == 429:
        return ProviderError(
            "SendGrid asks to slow down", code="provider_busy", retry_after=_wait(error)
        )
    if status >= 500:
        return ProviderError(f"SendGrid failed with {status}")
    return ProviderError(
        f"SendGrid refused the message ({status})", retryable=False, code="provider_refused"
    )


def _never_left(error: Exception) -> bool:
    """Say whether nothing can have been sent; whatever breaks later may have broken after the mail was taken."""
    reason = error.reason if isinstance(error, URLError) else error
    return isinstance(reason, ConnectionRefusedError | socket.gaierror)


def _wait(error: Any) -> float:
    try:
        return float(error.headers.get("Retry-After", 5))
    except (TypeError, ValueError):
        return 5.0
