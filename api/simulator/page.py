"""What the simulator's page shows besides the channels: who can be played, our addresses, the vendors' mood, what happens."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel

from api.simulator.desk import Desk, DeskDep, as_json
from api.simulator.moods import Mood, Vendor
from api.simulator.twilio import WHATSAPP
from closer.kit.settings import ROOT

router = APIRouter()

PAGE = ROOT / "web" / "simulator" / "index.html"


class Change(BaseModel):
    """A vendor's new mood."""

    mood: Mood


@router.get("/", include_in_schema=False)
async def page() -> FileResponse:
    """Show the page."""
    return FileResponse(PAGE, media_type="text/html; charset=utf-8")


@router.get("/health/live")
async def live() -> dict[str, str]:
    """Say that the process is there."""
    return {"status": "ok"}


@router.get("/api/state")
async def state(desk: DeskDep) -> dict[str, Any]:
    """Return all that does not depend on a person."""
    settings = desk.settings
    return {
        "shop": settings.shop_name,
        "public_url": settings.public_url,
        "number": desk.account.number,
        "whatsapp": desk.account.whatsapp,
        "mail": settings.mail_from,
        "people": await _people(desk) if settings.demo_shop else [],
        "moods": await desk.moods.all(),
        "blocked": await desk.moods.blocked(),
    }


@router.get("/api/messages")
async def messages(
    desk: DeskDep,
    number: Annotated[str, Query(max_length=20)] = "",
    mail: Annotated[str, Query(max_length=200)] = "",
) -> list[dict[str, Any]]:
    """Return what a person wrote and got, the oldest first."""
    addresses = [*([number, f"{WHATSAPP}{number}"] if number else []), *([mail] if mail else [])]
    return [as_json(message) for message in await desk.messages.thread(addresses)]


@router.get("/api/events")
async def events(desk: DeskDep) -> StreamingResponse:
    """Tell what happens, as server-sent events."""
    return StreamingResponse(
        desk.watch(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


@router.put("/api/moods/{vendor}")
async def set_mood(vendor: Vendor, change: Change, desk: DeskDep) -> dict[str, str]:
    """Make a vendor slow, busy or failing, or well again."""
    await desk.moods.set(vendor, change.mood)
    return await desk.moods.all()


async def _people(desk: Desk) -> list[dict[str, str]]:
    services, people = desk.services, []
    for account in await services.accounts.demo_customers():
        customer = await services.customers.get(str(account.customer_id))
        if customer.phone:
            people.append({"name": customer.name, "number": customer.phone, "mail": account.email})
    return people
