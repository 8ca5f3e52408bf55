"""The gateway's figures for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from api.deps import Allow, GatewayDep, Local
from closer.security.roles import Permission

router = APIRouter(tags=["health"], include_in_schema=False)


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    dependencies=[Depends(Local(Allow(Permission.MONITORING_READ)))],
)
async def metrics(gateway: GatewayDep) -> PlainTextResponse:
    """Return the figures; from this machine, or with a token that may read monitoring."""
    return PlainTextResponse(gateway.metrics.render(), media_type=CONTENT_TYPE_LATEST)
