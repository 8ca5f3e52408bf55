"""What happens in conversations, in numbers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.deps import Allow, ServicesDep
from api.v1.schemas.analytics import DailyAnswer
from api.v1.schemas.types import Day, Id
from closer.security.roles import Permission

router = APIRouter(
    prefix="/analytics",
    tags=["analytics"],
    dependencies=[Depends(Allow(Permission.ANALYTICS_READ))],
)


@router.get("/daily")
async def daily(
    services: ServicesDep,
    first: Annotated[Day | None, Query(alias="from", description="the first day in UTC")] = None,
    last: Annotated[Day | None, Query(alias="to", description="the last day; else today")] = None,
    channel: Annotated[Id | None, Query(description="only this one", examples=["web"])] = None,
) -> DailyAnswer:
    """Count conversations by day and channel: by default the last seven days, at most 92 at once (409)."""
    return DailyAnswer.of(await services.insights.daily(first, last, channel))
