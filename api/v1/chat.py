"""The chat by REST: for a mobile app in the background, or where sockets are blocked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from starlette.responses import JSONResponse

from api.deps import Allow, GatewayDep, ServicesDep
from api.messages import accept, inbound, own_conversation
from api.paging import CursorSeal
from api.v1.schemas.chat import Accepted, HistoryPage, MessageBody
from api.v1.schemas.types import Cursor
from closer.conversations.turn import TurnResult, to_json
from closer.kit.pagination import MAX_LIMIT
from closer.security.roles import Permission
from closer.security.tokens import Claims

router = APIRouter(prefix="/chat", tags=["chat"])

_LATER: dict[int | str, dict[str, Any]] = {202: {"model": Accepted}}


@router.post(
    "/messages", response_model=TurnResult, response_model_exclude_none=True, responses=_LATER
)
async def send(
    body: MessageBody,
    caller: Annotated[Claims, Depends(Allow(Permission.CHAT_OWN, per_minute=60))],
    gateway: GatewayDep,
) -> JSONResponse:
    """Say something in one's own conversation; 202 if the answer takes longer."""
    message = await accept(gateway, inbound(body, caller, gateway.settings), "rest")
    result = await gateway.turns.answer(message, gateway.settings.turn_deadline_s)
    if result is None:
        return JSONResponse({"message_id": body.message_id, "state": "accepted"}, 202)
    return JSONResponse(to_json(result))


@router.get("/history", response_model_exclude_none=True)
async def history(
    caller: Annotated[Claims, Depends(Allow(Permission.CHAT_OWN))],
    services: ServicesDep,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    before: Annotated[Cursor | None, Query(description="next_cursor of the page before")] = None,
) -> HistoryPage:
    """Read one's own conversation, the newest page first."""
    conversation = own_conversation(caller)
    seal = CursorSeal(services.settings, f"history {conversation}")
    page = await services.conversations.history(conversation, seal.request(limit, before))
    return HistoryPage(items=list(page.items), next_cursor=seal.next(page))
