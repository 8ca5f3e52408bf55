"""Short links, as text messages carry them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import RedirectResponse

from api.deps import Anyone, ServicesDep
from closer.kit.errors import NotFound
from closer.messaging.links import PATH

router = APIRouter(include_in_schema=False)


@router.get(PATH + "{code}", dependencies=[Depends(Anyone(per_minute=60))])
async def follow(
    code: Annotated[str, Path(max_length=16)], services: ServicesDep
) -> RedirectResponse:
    """Lead to where a short link points."""
    url = await services.short_links.follow(code)
    if url is None:
        raise NotFound("this link has expired")
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(url, status_code=302, headers=headers)
