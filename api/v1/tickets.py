"""Tickets: one's own, or any for those who work on them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query

from api.deps import Allow, ServicesDep
from api.paging import CursorSeal
from api.v1.schemas.tickets import TicketPage, TicketSchema, TicketSummary
from api.v1.schemas.types import Cursor, Id
from closer.kit.pagination import MAX_LIMIT
from closer.security.roles import Permission
from closer.security.tokens import Claims
from closer.tickets.records import TicketFilter

router = APIRouter(prefix="/tickets", tags=["tickets"])

OwnOrAny = Annotated[Claims, Depends(Allow(Permission.CUSTOMERS_OWN, Permission.TICKETS_WORK))]
TicketState = Literal["open", "pending", "resolved", "closed"]


@router.get("")
async def list_tickets(
    *,
    caller: OwnOrAny,
    services: ServicesDep,
    customer_id: Annotated[Id | None, Query(description="for staff: whose")] = None,
    state: Annotated[list[TicketState], Query()] = [],  # noqa: B006
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[Cursor | None, Query()] = None,
) -> TicketPage:
    """List tickets, the newest first."""
    wanted = TicketFilter(customer_id=_whose(caller, customer_id), states=tuple(state))
    seal = CursorSeal(services.settings, f"tickets {caller.subject}")
    page = await services.tickets.list(seal.request(limit, cursor), wanted)
    items = [TicketSummary.of(ticket) for ticket in page.items]
    return TicketPage(items=items, next_cursor=seal.next(page))


@router.get("/{ticket_id}")
async def read_ticket(
    ticket_id: Annotated[Id, Path()], caller: OwnOrAny, services: ServicesDep
) -> TicketSchema:
    """Read a ticket with its comments."""
    staff = caller.allows(Permission.TICKETS_WORK)
    ticket = await services.tickets.get(ticket_id, None if staff else caller.customer_id)
    return TicketSchema.seen_by(ticket, staff=staff)


def _whose(caller: Claims, customer_id: str | None) -> str | None:
    if caller.allows(Permission.TICKETS_WORK):
        return customer_id
    if customer_id is not None:
        caller.require_customer(customer_id)
    return caller.customer_id
