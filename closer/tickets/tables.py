"""Tables of tickets, their comments and their history."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table

from closer.kit.columns import EncryptedText, UtcDateTime
from closer.kit.db import metadata

tickets = Table(
    "tickets",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("sort_key", String(32), nullable=False, unique=True),  # by time of creation
    Column("customer_id", String(128)),
    Column("conversation_id", String(128)),
    Column("subject", EncryptedText("tickets.subject"), nullable=False),
    Column("category", String(32), nullable=False),
    Column("priority", String(8), nullable=False),  # low, normal, high, urgent
    Column("state", String(16), nullable=False),  # open, pending, resolved, closed
    Column("assignee", String(128)),
    Column("due_at", UtcDateTime(), nullable=False),
    Column("idempotency_key", String(160), unique=True),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("updated_at", UtcDateTime(), nullable=False),
    Column("resolved_at", UtcDateTime()),
    Index("ix_tickets_customer", "customer_id", "sort_key"),
    Index("ix_tickets_state", "state", "due_at"),
    Index("ix_tickets_assignee", "assignee", "state"),
)

ticket_comments = Table(
    "ticket_comments",
    metadata,
    # SQLite only counts up by itself in an INTEGER primary key.
    Column(
        "seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("id", String(40), nullable=False, unique=True),
    Column("ticket_id", String(16), ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
    Column("author", String(128), nullable=False),
    Column("internal", Boolean, nullable=False),
    Column("body", EncryptedText("ticket_comments.body"), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Index("ix_ticket_comments_ticket", "ticket_id", "seq"),
)

ticket_history = Table(
    "ticket_history",
    metadata,
    Column(
        "seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("ticket_id", String(16), ForeignKey("tickets.id", ondelete="CASCADE"), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("field", String(32), nullable=False),
    Column("old", String(128)),
    Column("new", String(128)),
    Index("ix_ticket_history_ticket", "ticket_id", "seq"),
)
