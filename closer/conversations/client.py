"""The client of the turn: how other processes reach the dialogue in the Rasa process."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Any

import aiohttp

from closer.conversations.turn import InboundMessage, TurnResult, to_json
from closer.kit.errors import CloserError, DeadlineExceeded, InvalidInput, Unavailable
from closer.kit.logging import correlation_id
from closer.kit.settings import Settings
from closer.security.roles import Role
from closer.security.tokens import issue_token

TURN_PATH = "/webhooks/turn/run"
JOIN_PATH = "/webhooks/turn/join"
_TOKEN_REUSE_S = 600


class TurnClient:
    """Runs turns in the Rasa process over pooled connections.

    A turn is idempotent by its message id, so a request that failed on the way is sent once more.

    Args:
        settings: Where Rasa is, the deadline, the signing key.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None
        self._token = ""
        self._token_until = 0.0

    async def run(self, message: InboundMessage) -> TurnResult:
        """Run one turn.

        Raises:
            DeadlineExceeded: if the answer takes longer than `turn_deadline_s`; the message stays in the inbox.
            Unavailable: if the Rasa process is away.
            InvalidInput: if it refused the message.
        """
        return TurnResult.parse_obj(await self._twice(TURN_PATH, to_json(message)))

    async def join(self, visitor_id: str) -> bool:
        """Have a visitor's conversation become the customer's, as it was asked for; say whether it is.

        Raises:
            DeadlineExceeded: if it takes too long; it is done all the same.
            Unavailable: if the Rasa process is away; it is done when that is back.
        """
        answer = await self._twice(JOIN_PATH, {"visitor_id": visitor_id})
        return bool(answer.get("joined"))

    async def _twice(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        for attempt in (1, 2):
            try:
                return await self._post(path, body)
            except aiohttp.ClientConnectionError as error:
                if attempt == 2:
                    raise Unavailable("the assistant is restarting") from error
            except asyncio.TimeoutError as error:
                raise DeadlineExceeded("the assistant takes longer than usual") from error
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> TurnClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {self._service_token()}",
            "X-Correlation-Id": correlation_id(),
        }
        url = self._settings.rasa_url + path
        async with self._http().post(url, json=body, headers=headers) as response:
            if response.status == 200:
                answer: dict[str, Any] = await response.json()
                return answer
            detail = (await response.text())[:300]
        if response.status in (400, 413, 422):
            raise InvalidInput("the message was refused")
        if response.status >= 500:
            raise Unavailable("the assistant cannot answer right now")
        raise CloserError(f"the dialogue answered {response.status}: {detail}")

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._settings.turn_deadline_s, sock_connect=2)
            self._session = aiohttp.ClientSession(
                timeout=timeout, connector=aiohttp.TCPConnector(limit=128)
            )
        return self._session

    def _service_token(self) -> str:
        if time.monotonic() > self._token_until:
            self._token = issue_token(self._settings, role=Role.SERVICE, subject="gateway")
            self._token_until = time.monotonic() + _TOKEN_REUSE_S
        return self._token
