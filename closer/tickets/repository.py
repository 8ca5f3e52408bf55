"""SQL of tickets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from closer.kit.changes import NotedChange
from closer.kit.db import Database
from closer.tickets.records import Change, Comment, Ticket, TicketFilter
from closer.tickets.tables import ticket_comments, ticket_history, tickets

_T = tickets.c
_FIELDS = [
    "id",
    "sort_key",
    "customer_id",
    "conversation_id",
    "subject",
    "category",
    "priority",
    "state",
    "assignee",
    "due_at",
    "created_at",
    "updated_at",
    "resolved_at",
]


def _record(row: Mapping[Any, Any]) -> Ticket:
    return Ticket(**{name: row[name] for name in _FIELDS})


def _conditions(wanted: TicketFilter) -> Iterator[Any]:
    for column, value in (
        (_T.customer_id, wanted.customer_id),
        (_T.conversation_id, wanted.conversation_id),
        (_T.category, wanted.category),
        (_T.assignee, wanted.assignee),
    ):
        if value is not None:
            yield column == value
    if wanted.states:
        yield _T.state.in_(wanted.states)
    if wanted.priorities:
        yield _T.priority.in_(wanted.priorities)
    if wanted.unassigned:
        yield _T.assignee.is_(None)
    if wanted.overdue_at is not None:
        yield _T.due_at < wanted.overdue_at
        yield _T.state.in_(("open", "pending"))
    if wanted.created_from is not None:
        yield _T.created_at >= wanted.created_from
    if wanted.created_to is not None:
        yield _T.created_at < wanted.created_to


class TicketRepository:
    """Rows of tickets."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, **values: Any) -> bool:
        """Store a ticket; False if its id or idempotency key is taken."""
        statement = self._db.insert_new(tickets).values(**values)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def find_by_key(self, idempotency_key: str) -> str | None:
        """Return the id of the ticket that was opened under a key."""
        query = select(_T.id).where(_T.idempotency_key == idempotency_key)
        async with self._db.reading() as connection:
            found = (await connection.execute(query)).scalar()
        return None if found is None else str(found)

    async def find(self, ticket_id: str, *, lock: bool = False) -> Ticket | None:
        """Return a ticket without its comments; `lock` keeps others from changing it until the commit."""
        query = select(tickets).where(_T.id == ticket_id)
        if lock:
            query = query.with_for_update()
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _record(row) if row else None

    async def with_details(self, ticket: Ticket) -> Ticket:
        """Return the ticket with its comments and history, the oldest first."""
        comments = (
            select(ticket_comments)
            .where(ticket_comments.c.ticket_id == ticket.id)
            .order_by(ticket_comments.c.seq)
        )
        history = (
            select(ticket_history)
            .where(ticket_history.c.ticket_id == ticket.id)
            .order_by(ticket_history.c.seq)
        )
        async with self._db.reading() as connection:
            said = [
                Comment(row["id"], row["author"], row["internal"], row["body"], row["at"])
                for row in (await connection.execute(comments)).mappings()
            ]
            changed = [
                Change(row["at"], row["actor"], row["field"], row["old"], row["new"])
                for row in (await connection.execute(history)).mappings()
            ]
        return replace(ticket, comments=tuple(said), history=tuple(changed))

    async def page(self, wanted: TicketFilter, limit: int, after: str | None) -> list[Ticket]:
        """Return tickets, the newest first."""
        query = (
            select(tickets).where(*_conditions(wanted)).order_by(_T.sort_key.desc()).limit(limit)
        )
        if after:
            query = query.where(_T.sort_key < after)
        async with self._db.reading() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def count(self, wanted: TicketFilter) -> int:
        """Return how many tickets there are."""
        query = select(func.count()).select_from(tickets).where(*_conditions(wanted))
        async with self._db.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def change(self, ticket_id: str, values: dict[str, Any]) -> None:
        """Change fields of a ticket."""
        async with self._db.transaction() as connection:
            await connection.execute(update(tickets).where(_T.id == ticket_id).values(**values))

    async def add_history(
        self,
        ticket_id: str,
        at: datetime,
        actor: str,
        changed: dict[str, tuple[str | None, str | None]],
    ) -> None:
        """Note which fields somebody changed."""
        rows = [
            {
                "ticket_id": ticket_id,
                "at": at,
                "actor": actor,
                "field": name,
                "old": old,
                "new": new,
            }
            for name, (old, new) in changed.items()
        ]
        async with self._db.transaction() as connection:
            await connection.execute(ticket_history.insert(), rows)
            opened = changed.get("state") == (None, "open")
            action = "ticket.opened" if opened else "ticket.changed"
            fields = {name: new for name, (_, new) in changed.items()}
            self._db.note(NotedChange(actor, action, f"ticket:{ticket_id}", fields))

    async def add_comment(self, ticket_id: str, comment: Comment) -> None:
        """Append a comment."""
        values = {
            "id": comment.id,
            "ticket_id": ticket_id,
            "author": comment.author,
            "internal": comment.internal,
            "body": comment.body,
            "at": comment.at,
        }
        async with self._db.transaction() as connection:
            await connection.execute(ticket_comments.insert().values(**values))

    async def reassign(self, source: str, target: str) -> int:
        """Hand a visitor's tickets over to the customer that the visitor turned out to be."""
        statement = (
            update(tickets)
            .where(_T.conversation_id == source)
            .values(conversation_id=target, customer_id=target)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)

    async def erase(self, customer_id: str) -> int:
        """Delete a customer's or visitor's tickets with comments and history; return how many there were."""
        theirs = or_(_T.customer_id == customer_id, _T.conversation_id == customer_id)
        own = select(_T.id).where(theirs).scalar_subquery()
        async with self._db.transaction() as connection:
            for table in (ticket_comments, ticket_history):
                await connection.execute(delete(table).where(table.c.ticket_id.in_(own)))
            done: Any = await connection.execute(delete(tickets).where(theirs))
            return int(done.rowcount)
