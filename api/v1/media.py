"""Files that customers sent, for themselves and for staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from api.deps import Allow, ServicesDep
from closer.kit.errors import NotFound
from closer.messaging.media import StoredMedia
from closer.messaging.media_types import SHOWN
from closer.security.roles import Permission
from closer.security.tokens import Claims
from closer.services import Services

router = APIRouter(prefix="/media", tags=["channels"])

_POLICY = "default-src 'none'; sandbox"


@router.get("/{media_id}", response_class=Response)
async def read_media(
    media_id: Annotated[str, Path(max_length=40, examples=["med_5f0c2f4f7d6d4c1b9a3e8d2c71"])],
    caller: Annotated[Claims, Depends(Allow(Permission.CHAT_OWN, Permission.CONVERSATIONS_ANY))],
    services: ServicesDep,
) -> Response:
    """Read a file that came with a message: one's own, or any for staff; another person's does not exist."""
    item = await services.media.get(media_id)
    if not await _may_read(services, caller, item):
        raise NotFound("there is no such file", code="media_not_found")
    content = await services.media.content(media_id)
    shown = "inline" if item.content_type in SHOWN else "attachment"
    headers = {
        "Content-Disposition": f'{shown}; filename="{item.id}"',
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "private, max-age=86400",
    }
    return Response(content, media_type=item.content_type, headers=headers)


async def _may_read(services: Services, caller: Claims, item: StoredMedia) -> bool:
    if caller.allows(Permission.CONVERSATIONS_ANY):
        return True
    if caller.customer_id is not None:
        return await services.media.belongs_to(item, caller.customer_id)
    return caller.conversation_id == item.conversation_id
