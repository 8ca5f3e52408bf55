"""Tables of conversations: inbox, entries (the history people read), tracker events, action receipts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from closer.kit.columns import EncryptedJson, UtcDateTime
from closer.kit.db import metadata

inbox = Table(
    "inbox",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("conversation_id", String(128), nullable=False),
    Column("message_id", String(160), nullable=False),
    Column("state", String(16), nullable=False),  # received, processing, done, failed
    Column("message", EncryptedJson("inbox.message"), nullable=False),
    Column("result", EncryptedJson("inbox.result")),
    Column("attempts", Integer, nullable=False, default=0),
    Column("owner", String(64)),
    Column("lease_until", UtcDateTime()),
    Column("received_at", UtcDateTime(), nullable=False),
    Column("finished_at", UtcDateTime()),
    Column("error", Text),
    UniqueConstraint("conversation_id", "channel", "message_id"),
    Index("ix_inbox_unfinished", "state", "received_at"),
)

entries = Table(
    "conversation_entries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("conversation_id", String(128), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Column("sender", String(16), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("message_id", String(160)),
    Column("content", EncryptedJson("conversation_entries.content"), nullable=False),
    Index("ix_conversation_entries_conversation", "conversation_id", "id"),
)

tracker_events = Table(
    "tracker_events",
    metadata,
    # SQLite only counts up by itself in an INTEGER primary key.
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("conversation_id", String(128), nullable=False),
    Column("type", String(64), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Column("event", EncryptedJson("tracker_events.event"), nullable=False),
    Index("ix_tracker_events_conversation", "conversation_id", "id"),
)

action_runs = Table(
    "action_runs",
    metadata,
    Column("conversation_id", String(128), primary_key=True),
    Column("message_id", String(160), primary_key=True),
    Column("action", String(80), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("outcome", EncryptedJson("action_runs.outcome"), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
)
