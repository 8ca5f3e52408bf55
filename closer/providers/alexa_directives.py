"""Alexa's progressive response: a word to who waits, sent beside the answer that is not there yet."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import aiohttp

from closer.kit.logging import get_logger

_log = get_logger(__name__)
_DEADLINE_S = 2.0
_HOSTS = ".amazonalexa.com"


class AlexaDirectives:
    """Speaks beside the answer.

    Args:
        own_host: Another host that may be called, for tries on one machine.
    """

    def __init__(self, own_host: str = "") -> None:
        self._own_host = own_host

    async def speak(self, endpoint: str, token: str, request_id: str, text: str) -> bool:
        """Say something now; return whether Alexa took it. It is a courtesy: a failure is no error, and it is tried once.

        Args:
            endpoint: The request's `apiEndpoint`.
            token: The request's `apiAccessToken`.
            request_id: The request that is being answered.
            text: What to say.
        """
        if not token or not self._trusted(endpoint):
            return False
        directive = {
            "header": {"requestId": request_id},
            "directive": {"type": "VoicePlayer.Speak", "speech": text},
        }
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_DEADLINE_S)) as http,
                http.post(
                    f"{endpoint.rstrip('/')}/v1/directives",
                    json=directive,
                    headers={"Authorization": f"Bearer {token}"},
                    allow_redirects=False,
                ) as answer,
            ):
                return answer.status == 204
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError) as error:
            _log.info("directive_not_taken", reason=type(error).__name__)
            return False

    def _trusted(self, endpoint: str) -> bool:
        """Only Amazon gets the token."""
        try:
            parts = urlsplit(endpoint)
            port = parts.port
        except ValueError:
            return False
        if self._own_host and parts.netloc == self._own_host:
            return True
        return (
            parts.scheme == "https"
            and port in (None, 443)
            and parts.username is None
            and (parts.hostname or "").endswith(_HOSTS)
        )
