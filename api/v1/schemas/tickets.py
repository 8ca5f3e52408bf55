"""Schemas of tickets."""

from __future__ import annotations

from datetime import datetime

from api.v1.schemas.base import PageSchema, Schema
from closer.tickets.records import Ticket


class TicketComment(Schema):
    """What somebody wrote on a ticket."""

    author: str
    body: str
    at: datetime


class TicketSummary(Schema):
    """A ticket in a list."""

    ticket_id: str
    customer_id: str | None = None
    subject: str
    category: str
    priority: str
    state: str
    assignee: str | None = None
    due_at: datetime
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None = None

    @classmethod
    def of(cls, ticket: Ticket) -> TicketSummary:
        """Return the schema of a ticket in a list."""
        names = [name for name in TicketSummary.__fields__ if name != "ticket_id"]
        return cls.parse_obj(
            {"ticket_id": ticket.id, **{name: getattr(ticket, name) for name in names}}
        )


class TicketSchema(TicketSummary):
    """A ticket with what was written on it; internal comments are for staff."""

    comments: list[TicketComment] = []

    @classmethod
    def seen_by(cls, ticket: Ticket, *, staff: bool) -> TicketSchema:
        """Return the schema of a ticket as somebody may see it."""
        comments = [c for c in ticket.comments if staff or not c.internal]
        summary = TicketSummary.of(ticket).dict()
        return cls(**summary, comments=[TicketComment.from_orm(comment) for comment in comments])


class TicketPage(PageSchema):
    """Tickets, the newest first."""

    items: list[TicketSummary]
