"""The tickets' service: open, look after and finish what people must do."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import InvalidInput, NotFound
from closer.kit.ids import fitted_key, new_id
from closer.kit.pagination import Page, PageRequest, page_of
from closer.tickets import policy
from closer.tickets.records import Comment, Ticket, TicketFilter
from closer.tickets.repository import TicketRepository

MAX_TEXT = 20_000
MAX_SUBJECT = 200


class TicketService:
    """Tickets.

    Every change is one transaction and leaves a line in the ticket's history.

    Args:
        db: The database.
        clock: The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._tickets = TicketRepository(db)

    async def create(
        self,
        *,
        subject: str,
        category: str,
        customer_id: str | None = None,
        conversation_id: str | None = None,
        priority: str = "normal",
        comment: str | None = None,
        actor: str = "assistant",
        idempotency_key: str | None = None,
    ) -> Ticket:
        """Open a ticket; the same idempotency key gives the ticket that is there.

        Args:
            subject: One line.
            category: One of `policy.CATEGORIES`.
            customer_id: Whom it concerns.
            conversation_id: Where it came up.
            priority: `low`, `normal`, `high` or `urgent`; decides the due time.
            comment: The first comment: what happened.
            actor: Who opens it.
            idempotency_key: Say, the message's id and the action's name.

        Raises:
            InvalidInput: if a value is not acceptable.
        """
        subject = _text("subject", subject)[:MAX_SUBJECT]
        policy.check_one_of("category", category, policy.CATEGORIES)
        policy.check_one_of("priority", priority, policy.PRIORITIES)
        now = self._clock.now()
        values: dict[str, Any] = {
            "customer_id": customer_id,
            "conversation_id": conversation_id,
            "subject": subject,
            "category": category,
            "priority": priority,
            "state": "open",
            "due_at": policy.due_at(priority, now),
            "idempotency_key": fitted_key(idempotency_key) if idempotency_key else None,
            "created_at": now,
            "updated_at": now,
        }
        async with self._db.transaction():
            ticket_id, added = await self._add(values)
            if added:
                await self._tickets.add_history(ticket_id, now, actor, {"state": (None, "open")})
                if comment:
                    await self._say(ticket_id, actor, comment, internal=False)
            return await self.get(ticket_id)

    async def get(self, ticket_id: str, customer_id: str | None = None) -> Ticket:
        """Return a ticket with its comments and history.

        Args:
            ticket_id: In any case, with blanks around it.
            customer_id: When given, only this customer's ticket is found.

        Raises:
            NotFound: `ticket_not_found`.
        """
        return await self._tickets.with_details(await self._find(ticket_id, customer_id))

    async def list(
        self, page: PageRequest, wanted: TicketFilter | None = None, *, with_total: bool = False
    ) -> Page[Ticket]:
        """Return a page of tickets, the newest first."""
        wanted = wanted or TicketFilter()
        rows = await self._tickets.page(wanted, page.limit + 1, page.after)
        total = await self._tickets.count(wanted) if with_total else None
        return page_of(rows, page, key=lambda ticket: ticket.sort_key, total=total)

    async def comment(
        self, ticket_id: str, *, actor: str, body: str, internal: bool = False
    ) -> Ticket:
        """Write on a ticket; a customer's word opens again what waited for them or was resolved."""
        async with self._db.transaction():
            ticket = await self._find(ticket_id, lock=True)
            await self._say(ticket.id, actor, body, internal=internal)
            if actor == ticket.customer_id and ticket.state in ("pending", "resolved"):
                await self._change(ticket, actor, state="open", resolved_at=None)
            else:
                await self._tickets.change(ticket.id, {"updated_at": self._clock.now()})
            return await self.get(ticket.id)

    async def find_trouble(
        self, conversation_id: str, category: str, trouble: str
    ) -> Ticket | None:
        """Return the ticket of the last day that somebody still has to look at and that is about the same trouble.

        Args:
            conversation_id: Where it came up.
            category: The ticket's category.
            trouble: Its subject, up to a colon that the customer's own words may follow.
        """
        recent = await self._recently_opened(conversation_id, category)
        return next((t for t in recent if t.subject.partition(":")[0] == trouble), None)

    async def newest(self, conversation_id: str) -> Ticket | None:
        """Return the ticket that a conversation opened last, however it stands."""
        wanted = TicketFilter(conversation_id=conversation_id)
        return next(iter((await self.list(PageRequest(limit=1), wanted)).items), None)

    async def latest_open(self, conversation_id: str, category: str) -> Ticket | None:
        """Return the newest ticket of the last day in a category that a conversation opened and somebody still has to look at."""
        return next(iter(await self._recently_opened(conversation_id, category)), None)

    async def tell_more(self, ticket_id: str, *, actor: str, body: str, priority: str) -> Ticket:
        """Write more about a trouble on its ticket, which becomes as urgent as the new words make it."""
        async with self._db.transaction():
            ticket = await self.comment(ticket_id, actor=actor, body=body)
            urgency = policy.PRIORITIES.index
            if urgency(priority) > urgency(ticket.priority):
                return await self.set_priority(ticket_id, priority, actor=actor)
            return ticket

    async def assign(self, ticket_id: str, assignee: str | None, *, actor: str) -> Ticket:
        """Give a ticket to an agent, or to nobody."""
        async with self._db.transaction():
            ticket = await self._find(ticket_id, lock=True)
            if ticket.assignee != assignee:
                await self._change(ticket, actor, assignee=assignee)
            return await self.get(ticket.id)

    async def transition(self, ticket_id: str, state: str, *, actor: str) -> Ticket:
        """Move a ticket to another state; to the one it has is fine.

        Raises:
            Conflict: `ticket_transition`, if the state may not follow.
        """
        async with self._db.transaction():
            ticket = await self._find(ticket_id, lock=True)
            if ticket.state != state:
                policy.check_transition(ticket.state, state)
                done = state in ("resolved", "closed")
                resolved_at = (ticket.resolved_at or self._clock.now()) if done else None
                await self._change(ticket, actor, state=state, resolved_at=resolved_at)
            return await self.get(ticket.id)

    async def set_priority(self, ticket_id: str, priority: str, *, actor: str) -> Ticket:
        """Change the priority, and with it the due time."""
        policy.check_one_of("priority", priority, policy.PRIORITIES)
        async with self._db.transaction():
            ticket = await self._find(ticket_id, lock=True)
            if ticket.priority != priority:
                due = policy.due_at(priority, ticket.created_at)
                await self._change(ticket, actor, priority=priority, due_at=due)
            return await self.get(ticket.id)

    async def rename(self, ticket_id: str, subject: str) -> Ticket:
        """Give a ticket another subject: what it is about was told later."""
        async with self._db.transaction():
            ticket = await self._find(ticket_id, lock=True)
            line = _text("subject", subject)[:MAX_SUBJECT]
            await self._tickets.change(
                ticket.id, {"subject": line, "updated_at": self._clock.now()}
            )
            return await self.get(ticket.id)

    async def merge(self, visitor_id: str, customer_id: str) -> int:
        """Hand a visitor's tickets over to the customer that the visitor turned out to be."""
        return await self._tickets.reassign(visitor_id, customer_id)

    async def export_personal(self, customer_id: str) -> Sequence[Mapping[str, Any]]:
        """Return a customer's tickets with what was said to them, for their data export."""
        found = await self._tickets.page(TicketFilter(customer_id=customer_id), 1000, None)
        full = [await self._tickets.with_details(ticket) for ticket in found]
        return [
            asdict(ticket)
            | {"comments": [asdict(item) for item in ticket.comments if not item.internal]}
            for ticket in full
        ]

    async def erase_personal(self, customer_id: str) -> int:
        """Delete a customer's tickets; return how many there were."""
        return await self._tickets.erase(customer_id)

    async def _recently_opened(self, conversation_id: str, category: str) -> Sequence[Ticket]:
        wanted = TicketFilter(
            conversation_id=conversation_id,
            category=category,
            states=("open", "pending"),
            created_from=self._clock.now() - policy.SAME_TROUBLE,
        )
        return (await self.list(PageRequest(limit=20), wanted)).items

    async def _add(self, values: dict[str, Any]) -> tuple[str, bool]:
        key = values["idempotency_key"]
        while True:
            known = await self._tickets.find_by_key(key) if key else None
            if known is not None:
                return known, False
            # Digits, because they are read out on the phone; a number that is taken is drawn again.
            ticket_id = f"TCK-{secrets.randbelow(10**8):08d}"
            if await self._tickets.add(id=ticket_id, sort_key=new_id(), **values):
                return ticket_id, True

    async def _find(
        self, ticket_id: str, customer_id: str | None = None, *, lock: bool = False
    ) -> Ticket:
        ticket = await self._tickets.find(ticket_id.strip().upper(), lock=lock)
        if ticket is None or (customer_id is not None and ticket.customer_id != customer_id):
            raise NotFound("there is no such ticket", code="ticket_not_found")
        return ticket

    async def _say(self, ticket_id: str, actor: str, body: str, *, internal: bool) -> None:
        text = _text("body", body)[:MAX_TEXT]
        await self._tickets.add_comment(
            ticket_id, Comment(new_id(), actor, internal, text, self._clock.now())
        )

    async def _change(self, ticket: Ticket, actor: str, **values: Any) -> None:
        now = self._clock.now()
        await self._tickets.change(ticket.id, values | {"updated_at": now})
        changed: dict[str, tuple[str | None, str | None]] = {
            name: (getattr(ticket, name), values[name])
            for name in ("state", "priority", "assignee")
            if name in values
        }
        await self._tickets.add_history(ticket.id, now, actor, changed)


def _text(name: str, value: str) -> str:
    text = value.replace("\x00", "").strip()
    if not text:
        raise InvalidInput(f"{name} must not be empty", field=name)
    return text
