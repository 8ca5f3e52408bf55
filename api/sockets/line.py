"""The wire of one socket: frames in, frames out one at a time, errors as frames, the code it closes with."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from api.metrics import GatewayMetrics
from api.problems import as_problem
from api.sockets.frames import frame, read_frame
from api.v1.schemas.base import Body
from closer.kit.errors import CloserError, NotAuthenticated, NotPermitted, TooManyRequests

_SEND_WITHIN_S = 10.0
_CLOSE_CODES = {NotAuthenticated: 4401, NotPermitted: 4403, TooManyRequests: 4429}


class LineClosedError(Exception):
    """The socket is to be closed with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Line:
    """Reads and writes frames.

    Args:
        socket: The accepted socket.
        metrics: Where refusals are counted.
    """

    def __init__(self, socket: WebSocket, metrics: GatewayMetrics) -> None:
        self._socket = socket
        self._metrics = metrics
        self._sending = asyncio.Lock()

    async def read(self) -> Body:
        """Wait for the next frame.

        Raises:
            CloserError: if it is not acceptable.
            WebSocketDisconnect: if the client is gone.
        """
        received = await self._socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        return read_frame(dict(received))

    async def send(self, kind: str, **content: Any) -> None:
        """Send a frame.

        Raises:
            WebSocketDisconnect: if the client is gone or does not read.
        """
        try:
            async with self._sending:
                await asyncio.wait_for(
                    self._socket.send_text(frame(kind, **content)), _SEND_WITHIN_S
                )
        except (RuntimeError, OSError, asyncio.TimeoutError) as error:
            raise WebSocketDisconnect(1006) from error

    async def refuse(self, error: CloserError, message_id: str | None = None) -> None:
        """Tell of an error.

        Raises:
            LineClosedError: if the error ends the socket.
        """
        self._metrics.refused.labels(error.code).inc()
        about = {"message_id": message_id} if message_id else {}
        await self.send("error", problem=as_problem(error), **about)
        for kind, code in _CLOSE_CODES.items():
            if isinstance(error, kind):
                raise LineClosedError(code)

    async def close(self, code: int) -> None:
        """Close the socket."""
        async with self._sending:
            if self._socket.application_state is WebSocketState.CONNECTED:
                await self._socket.close(code)
