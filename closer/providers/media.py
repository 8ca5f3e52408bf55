"""Fetching files that people sent from where the vendor keeps them: within a deadline, a size and the vendor's own hosts.

The addresses come in signed webhooks; that a vendor's redirect leads elsewhere must not make us a way into this network.
"""

from __future__ import annotations

import asyncio
from typing import Protocol
from urllib.parse import urljoin, urlsplit

import aiohttp

from closer.kit.errors import ProviderError

DEADLINE_S = 20.0
MAX_BYTES = 16 * 2**20  # the largest that WhatsApp carries; MMS has 5 MB
_REDIRECTS = 3
_CHUNK = 64 * 1024
#: Where Twilio keeps media, and where it redirects to.
_HOSTS = (".twilio.com", ".twiliocdn.com", ".amazonaws.com")


class MediaSource(Protocol):
    """Fetches a file."""

    async def fetch(self, url: str) -> bytes:
        """Return a file's content.

        Raises:
            ProviderError: code `media_refused` if it must not be fetched or is too large; else `retryable` says whether
                trying later may help.
        """
        ...

    async def close(self) -> None:
        """Release connections."""
        ...


class TwilioMedia:
    """Fetches media of messages from Twilio.

    Args:
        account_sid: The account; its password goes to Twilio's own host only.
        auth_token: Its secret.
        base_url: Another server that speaks Twilio's API.
        max_bytes: The largest file that is fetched.
        deadline_s: Seconds for a file.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        base_url: str | None = None,
        max_bytes: int = MAX_BYTES,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._auth = aiohttp.BasicAuth(account_sid, auth_token) if account_sid else None
        self._own = urlsplit(base_url)[:2] if base_url else None
        self._max_bytes = max_bytes
        self._deadline_s = deadline_s
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, url: str) -> bytes:
        """Fetch a file; see `MediaSource.fetch`."""
        try:
            return await asyncio.wait_for(self._follow(url), self._deadline_s)
        except asyncio.TimeoutError as error:
            raise ProviderError("the file did not come in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise ProviderError("the file cannot be reached") from error

    async def close(self) -> None:
        """Release connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _follow(self, url: str) -> bytes:
        for _ in range(_REDIRECTS + 1):
            auth = self._auth if self._is_api(self._checked(url)) else None
            async with self._http().get(url, auth=auth, allow_redirects=False) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, answer.headers.get("Location", ""))
                    continue
                if answer.status == 200:
                    return await self._read(answer)
                raise _refusal(answer.status)
        raise ProviderError("the file moves on and on", retryable=False, code="media_refused")

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        if (answer.content_length or 0) > self._max_bytes:
            raise _too_large()
        content = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            content += chunk
            if len(content) > self._max_bytes:
                raise _too_large()
        return bytes(content)

    def _checked(self, url: str) -> str:
        parts = urlsplit(url)
        host = f".{(parts.hostname or '').lower()}"
        fine = parts.scheme == "https" and parts.port in (None, 443) and host.endswith(_HOSTS)
        if not fine and parts[:2] != self._own:
            raise ProviderError(
                "the file is not where the vendor keeps files",
                retryable=False,
                code="media_refused",
            )
        return url

    def _is_api(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.hostname == "api.twilio.com" or parts[:2] == self._own

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def _too_large() -> ProviderError:
    return ProviderError("the file is too large", retryable=False, code="media_refused")


def _refusal(status: int) -> ProviderError:
    # A file may be there a moment later than its message.
    retryable = status in (404, 408, 429) or status >= 500
    return ProviderError(f"the vendor answered {status}", retryable=retryable)
