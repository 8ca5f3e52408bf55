"""The way to the action server: pooled connections, one repetition of a call whose connection broke, failures end the turn."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from closer.kit import quick_json

#: Whether a turn is running that must end when the action server fails.
in_turn: ContextVar[bool] = ContextVar("in_turn", default=False)

_CONNECTIONS = 64
_KEPT_S = 4.0  # the server closes an idle connection after 5 s; one closed by us is not run into
_BROKEN = (aiohttp.ServerDisconnectedError, ConnectionResetError, aiohttp.ClientOSError)


_AWAY = (OSError, asyncio.TimeoutError, aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)
_AWAY_STATUS = (502, 503, 504)  # said by what stands before an action server that is away


class TurnAborted(BaseException):
    """The action server failed: the turn must not go on, or later actions would run without the failed one's outcome.

    Not an `Exception`, because Rasa swallows those and predicts on.

    Attributes:
        outage: Whether the server is away; if not, this action fails, and will fail again.
    """

    def __init__(self, reason: str, *, outage: bool) -> None:
        super().__init__(reason)
        self.outage = outage


class WatchedEndpoint(EndpointConfig):
    """The action server. Rasa goes on in silence when a call fails; here the turn ends and is run again.

    Args:
        url: Where it is.
        patience_s: How long an answer is waited for. More than actions give themselves, and less than a conversation
            can be held up.
    """

    def __init__(self, url: str, patience_s: float = 8.0) -> None:
        super().__init__(url)
        self._patience_s = patience_s
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Call the action server; a failure ends the turn.

        Raises:
            TurnAborted: within a turn, unless the action merely refused to run (status 400).
        """
        try:
            return await self._call(kwargs.get("json"), compress=bool(kwargs.get("compress")))
        except Exception as error:
            refused = isinstance(error, ClientResponseError) and error.status == 400
            if in_turn.get() and not refused:
                raise TurnAborted(_reason(error), outage=_is_outage(error)) from error
            raise

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _call(self, body: Any, *, compress: bool) -> Any:
        data = quick_json.dumps(body).encode()
        try:
            return await self._post(data, compress)
        except _BROKEN as error:
            if isinstance(error, aiohttp.ClientConnectorError):  # nobody is there
                raise
            return await self._post(data, compress)  # actions do nothing twice for one message

    async def _post(self, data: bytes, compress: bool) -> Any:
        headers = {"Content-Type": "application/json"}
        async with self._pool().post(
            self.url, data=data, headers=headers, compress=compress or None
        ) as response:
            if response.status >= 400:
                raise ClientResponseError(
                    response.status, response.reason, await response.content.read()
                )
            return quick_json.loads(await response.read() or b"null")

    def _pool(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is None or self._session.closed or self._loop is not loop:
            self._loop = loop
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEPT_S),
                timeout=aiohttp.ClientTimeout(total=self._patience_s),
            )
        return self._session


def _is_outage(error: Exception) -> bool:
    if isinstance(error, ClientResponseError):
        return error.status in _AWAY_STATUS
    return isinstance(error, _AWAY)


def _reason(error: Exception) -> str:
    status = f" {error.status}" if isinstance(error, ClientResponseError) else ""
    return f"{type(error).__name__}{status}"
