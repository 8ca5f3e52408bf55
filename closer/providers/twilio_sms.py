"""SMS, MMS and WhatsApp by Twilio's Messages API."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import aiohttp
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from closer.kit.errors import ProviderError
from closer.providers.base import (
    DEADLINE_S,
    HealthRecord,
    OutboundMessage,
    ProviderHealth,
    ProviderReceipt,
    call_vendor,
)
from closer.providers.sms_segments import fold
from closer.providers.twilio_webhooks import KEY_FIELD

WHATSAPP = "whatsapp:"
_OPTED_OUT = 21610
_TOO_MANY = 20429
_MAX_CHARS = 1600  # error 21617 beyond
_LONGEST_WAIT_S = 300.0
_USUAL_WAIT_S = 5.0


class _Busy(Exception):
    """Twilio asks to slow down (429); its library would drop the header that says for how long."""

    def __init__(self, retry_after: str | None) -> None:
        super().__init__("too many requests")
        try:
            self.wait_s = min(_LONGEST_WAIT_S, max(0.0, float(retry_after or "")))
        except ValueError:
            self.wait_s = _USUAL_WAIT_S


class _HttpClient(AsyncTwilioHttpClient):  # type: ignore[misc]
    """Twilio's client, made to talk to another host if wanted and not to log addresses and texts."""

    def __init__(self, base_url: str | None, timeout: float) -> None:
        super().__init__(timeout=timeout)
        self._base = urlsplit(base_url) if base_url else None

    async def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """Make a request."""
        if self._base is not None:
            url = urlunsplit(
                urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc)
            )
        response = await super().request(method, url, *args, **kwargs)
        if response.status_code == 429:
            raise _Busy((response.headers or {}).get("Retry-After"))
        return response

    def log_request(self, kwargs: Any) -> None:
        """Log nothing."""

    def log_response(self, status_code: int, response: Any) -> None:
        """Log nothing."""


class TwilioSms:
    """Sends SMS, MMS and WhatsApp messages by Twilio.

    Args:
        account_sid: The account.
        auth_token: Its secret.
        from_number: The sender, E.164, or a messaging service's id (`MG...`).
        whatsapp_number: The sender of WhatsApp messages, E.164; the messaging service's if there is none.
        status_callback: Where Twilio reports the delivery; each message adds its key, so that a report can be told
            from others even when the answer to the request was lost.
        base_url: Another server that speaks Twilio's API.
        deadline_s: Seconds for all attempts of a message.
    """

    name = "twilio"
    channel = "sms"

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        from_number: str,
        *,
        whatsapp_number: str = "",
        status_callback: str | None = None,
        base_url: str | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._account = (account_sid, auth_token)
        self._sender = from_number
        self._whatsapp = whatsapp_number and f"{WHATSAPP}{whatsapp_number}"
        self._status_callback = status_callback
        self._base_url = base_url
        self._deadline_s = deadline_s
        self._health = HealthRecord(self.name, self.channel)
        self._client: Client | None = None

    async def send(self, message: OutboundMessage) -> ProviderReceipt:
        """Send a message; see `MessageProvider.send`. Code `opted_out` when the person wrote STOP."""
        return await call_vendor(
            lambda: self._create(message), self._health, deadline_s=self._deadline_s
        )

    async def health(self) -> ProviderHealth:
        """Tell how the last calls went."""
        return self._health.state()

    async def close(self) -> None:
        """Release connections."""
        if self._client is not None:
            await self._client.http_client.close()
            self._client = None

    async def _create(self, message: OutboundMessage) -> ProviderReceipt:
        try:
            sent = await self._connected().messages.create_async(**self._values(message))
        except _Busy as error:
            raise ProviderError(
                "Twilio asks to slow down", code="provider_busy", retry_after=error.wait_s
            ) from error
        except TwilioRestException as error:
            raise _mapped(error) from error
        except asyncio.TimeoutError as error:
            raise ProviderError("Twilio did not answer in time", outcome_unknown=True) from error
        except (aiohttp.ClientError, OSError) as error:
            unknown = not isinstance(error, aiohttp.ClientConnectorError)
            raise ProviderError("Twilio cannot be reached", outcome_unknown=unknown) from error
        return ProviderReceipt(self.name, str(sent.sid), str(sent.status))

    def _values(self, message: OutboundMessage) -> dict[str, Any]:
        sender = message.from_address or self._sender_to(message.to)
        by = "messaging_service_sid" if sender.startswith("MG") else "from_"
        values: dict[str, Any] = {"to": message.to, by: sender}
        text = message.text if message.to.startswith(WHATSAPP) else fold(message.text)
        if text:
            values["body"] = text if len(text) <= _MAX_CHARS else f"{text[: _MAX_CHARS - 3]}..."
        if message.media_urls:
            values["media_url"] = list(message.media_urls)
        if self._status_callback:
            key = quote(message.idempotency_key, safe=":")
            values["status_callback"] = f"{self._status_callback}?{KEY_FIELD}={key}"
        return values

    def _sender_to(self, address: str) -> str:
        if not address.startswith(WHATSAPP):
            return self._sender
        if not self._whatsapp and not self._sender.startswith("MG"):
            raise ProviderError("there is no WhatsApp sender", retryable=False, code="no_sender")
        return self._whatsapp or self._sender

    def _connected(self) -> Client:
        if self._client is None:  # made on first use: its session belongs to the running loop
            http = _HttpClient(self._base_url, self._deadline_s)
            self._client = Client(*self._account, http_client=http)
        return self._client


def _mapped(error: TwilioRestException) -> ProviderError:
    if error.code == _OPTED_OUT:
        return ProviderError(
            "the person has opted out", retryable=False, code="opted_out", vendor_code=error.code
        )
    if error.code == _TOO_MANY:
        return ProviderError(
            "Twilio asks to slow down", code="provider_busy", retry_after=_USUAL_WAIT_S
        )
    if error.status >= 500:
        return ProviderError(f"Twilio failed with {error.status}", vendor_code=error.code)
    return ProviderError(
        f"Twilio refused the message ({error.code or error.status})",
        retryable=False,
        code="provider_refused",
        vendor_code=error.code,
    )
