"""Health: is the process alive, and is everything there that it needs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Literal

import aiohttp
from fastapi import APIRouter, Response
from sqlalchemy import text

from api.deps import GatewayDep
from api.gateway import Gateway
from api.v1.schemas.base import Schema

router = APIRouter(prefix="/health", tags=["health"], include_in_schema=False)

HEARTBEAT = "closer:worker:heartbeat"
DELIVERY_HEARTBEAT = "closer:delivery:heartbeat"
SCHEDULER_LOCK = "closer:scheduler:lock"
_WITHIN_S = 2.0


class Alive(Schema):
    """The process answers."""

    status: Literal["alive"] = "alive"


class PartState(Schema):
    """How a part is, and how long it took to say so."""

    state: Literal["up", "down"]
    ms: float


class Readiness(Schema):
    """How every part is: `ready`; `degraded` if messages are kept but not answered now; `down` if not even kept."""

    status: Literal["ready", "degraded", "down"]
    parts: dict[str, PartState]


@router.get("/live")
async def live() -> Alive:
    """Say that the process answers."""
    return Alive()


@router.get("/ready", responses={503: {"model": Readiness, "description": "A part is down"}})
async def ready(gateway: GatewayDep, response: Response) -> Readiness:
    """Ask every part; 503 unless all are up."""
    states = await asyncio.gather(*(_ask(probe, gateway) for probe in _PROBES.values()))
    parts = dict(zip(_PROBES, states, strict=True))
    down = {name for name, part in parts.items() if part.state == "down"}
    response.status_code = 503 if down else 200
    return Readiness(
        status="down" if "database" in down else "degraded" if down else "ready", parts=parts
    )


async def _ask(probe: Callable[[Gateway], Awaitable[bool]], gateway: Gateway) -> PartState:
    began = time.perf_counter()
    try:
        up = await asyncio.wait_for(probe(gateway), _WITHIN_S)
    except Exception:
        up = False
    return PartState(
        state="up" if up else "down", ms=round((time.perf_counter() - began) * 1000, 1)
    )


async def _database(gateway: Gateway) -> bool:
    async with gateway.services.db.reading() as connection:
        return bool((await connection.execute(text("SELECT 1"))).scalar() == 1)


async def _redis(gateway: Gateway) -> bool:
    return bool(await gateway.services.redis.ping())


async def _rasa(gateway: Gateway) -> bool:
    return await _answers(gateway, f"{gateway.settings.rasa_url}/")


async def _actions(gateway: Gateway) -> bool:
    return await _answers(gateway, f"{gateway.settings.actions_url}/health")


async def _worker(gateway: Gateway) -> bool:
    return bool(await gateway.services.redis.exists(HEARTBEAT))


async def _delivery(gateway: Gateway) -> bool:
    return bool(await gateway.services.redis.exists(DELIVERY_HEARTBEAT))


async def _scheduler(gateway: Gateway) -> bool:
    return bool(await gateway.services.redis.exists(SCHEDULER_LOCK))


async def _answers(gateway: Gateway, url: str) -> bool:
    async with gateway.http.get(url, timeout=aiohttp.ClientTimeout(total=_WITHIN_S)) as response:
        return response.status == 200


_PROBES: dict[str, Callable[[Gateway], Awaitable[bool]]] = {
    "database": _database,
    "redis": _redis,
    "rasa": _rasa,
    "actions": _actions,
    "worker": _worker,
    "delivery": _delivery,
    "scheduler": _scheduler,
}
