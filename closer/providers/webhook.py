"""Messages as signed POSTs to an address that an administrator named, e.g. for alerts."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time

import aiohttp

from closer.kit.errors import ProviderError
from closer.providers.base import (
    DEADLINE_S,
    HealthRecord,
    OutboundMessage,
    ProviderHealth,
    ProviderReceipt,
    call_vendor,
)

SIGNATURE_HEADER = "X-Closer-Signature"


class SignedWebhook:
    """Posts JSON; the receiver checks `X-Closer-Signature: t=<unix>,v1=<HMAC-SHA256 of "t.body">`.

    Redirects are not followed.

    Args:
        secret: The signing key.
        deadline_s: Seconds for all attempts of a message.
    """

    name = "webhook"
    channel = "webhook"

    def __init__(self, secret: str, *, deadline_s: float = DEADLINE_S) -> None:
        self._key = hashlib.sha256(f"webhook:{secret}".encode()).digest()
        self._deadline_s = deadline_s
        self._health = HealthRecord(self.name, self.channel)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: OutboundMessage) -> ProviderReceipt:
        """Post a message; see `MessageProvider.send`."""
        if not message.to.startswith(("https://", "http://")):
            raise ProviderError("that is no web address", retryable=False, code="provider_refused")
        return await call_vendor(
            lambda: self._post(message), self._health, deadline_s=self._deadline_s
        )

    async def health(self) -> ProviderHealth:
        """Tell how the last calls went."""
        return self._health.state()

    async def close(self) -> None:
        """Release connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, message: OutboundMessage) -> ProviderReceipt:
        body = json.dumps(
            {"subject": message.subject, "text": message.text, "id": message.idempotency_key}
        )
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": message.idempotency_key,
            SIGNATURE_HEADER: f"t={stamp},v1={self.signature(stamp, body)}",
        }
        try:
            async with self._http().post(
                message.to, data=body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except asyncio.TimeoutError as error:
            raise ProviderError(
                "the receiver did not answer in time", outcome_unknown=True
            ) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            unknown = not isinstance(error, aiohttp.ClientConnectorError | ValueError)
            raise ProviderError(
                "the receiver cannot be reached", outcome_unknown=unknown
            ) from error
        if 200 <= status < 300:
            return ProviderReceipt(self.name, message.idempotency_key, "sent")
        retryable = status in (408, 429) or status >= 500
        raise ProviderError(f"the receiver answered {status}", retryable=retryable)

    def signature(self, stamp: str, body: str) -> str:
        """Return the signature of a body at a time (hex)."""
        return hmac.new(self._key, f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._deadline_s)
            )
        return self._session
