"""The chat by WebSocket; the protocol is in docs/chat-protocol.md."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from api.gateway import gateway_of
from api.sockets.session import serve

router = APIRouter(prefix="/chat", tags=["chat"])


@router.websocket("/socket")
async def chat(socket: WebSocket) -> None:
    """Serve a chat socket; its first frame signs in."""
    await serve(gateway_of(socket), socket)
