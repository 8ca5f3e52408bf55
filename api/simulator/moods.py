"""How the played vendors behave: well, slow, busy or failing; and which numbers their carrier blocks."""

from __future__ import annotations

import asyncio
from typing import Any, Literal, get_args

from fastapi.responses import JSONResponse, Response
from redis.asyncio import Redis

Vendor = Literal["twilio", "sendgrid"]
#: `lost`: accepted, then not delivered.
Mood = Literal["well", "slow", "busy", "down", "lost"]
SLOW_S = 2.0
_MOODS = "simulator:moods"
_BLOCKED = "simulator:opted_out"


class Moods:
    """Kept in Redis, so that a restart changes nothing.

    Args:
        redis: The client.
    """

    def __init__(self, redis: Redis[Any]) -> None:
        self._redis = redis

    async def all(self) -> dict[str, str]:
        """Return each vendor's mood."""
        found = await self._redis.hgetall(_MOODS)
        return {vendor: found.get(vendor, "well") for vendor in get_args(Vendor)}

    async def of(self, vendor: Vendor) -> str:
        """Return a vendor's mood."""
        return await self._redis.hget(_MOODS, vendor) or "well"

    async def set(self, vendor: Vendor, mood: Mood) -> None:
        """Change a vendor's mood."""
        await self._redis.hset(_MOODS, vendor, mood)

    async def blocked(self) -> list[str]:
        """Return the numbers that have opted out."""
        return sorted(await self._redis.smembers(_BLOCKED))

    async def is_blocked(self, address: str) -> bool:
        """Say whether an address has opted out."""
        return bool(await self._redis.sismember(_BLOCKED, address))

    async def block(self, address: str, *, blocked: bool) -> None:
        """Note that an address has opted out, or in again."""
        await (self._redis.sadd if blocked else self._redis.srem)(_BLOCKED, address)

    async def refusal(self, vendor: Vendor) -> Response | None:
        """Wait as long as the vendor would, and return its refusal if it refuses at present."""
        mood = await self.of(vendor)
        if mood == "slow":
            await asyncio.sleep(SLOW_S)
        if mood not in ("busy", "down"):
            return None
        status = 429 if mood == "busy" else 503
        headers = {"Retry-After": "2"} if mood == "busy" else {}
        if vendor == "sendgrid":
            text = "too many requests" if mood == "busy" else "service unavailable"
            return JSONResponse({"errors": [{"message": text}]}, status, headers)
        code = 20429 if mood == "busy" else 20503
        text = "Too Many Requests" if mood == "busy" else "Service unavailable"
        return JSONResponse({"code": code, "message": text, "status": status}, status, headers)
