"""Tables of conversations: inbox, entries (the history people read), tracker events, action receipts, broker outbox.

What people said is sealed under their key (`closer.kit.person_keys`); the purpose is `<table>.<column>`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint

from closer.kit.columns import UtcDateTime
from closer.kit.db import metadata

inbox = Table(
    "inbox",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("conversation_id", String(128), nullable=False),
    Column("message_id", String(160), nullable=False),
    Column("state", String(16), nullable=False),  # received, processing, done, failed
    Column("message", Text, nullable=False),
    Column("result", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("owner", String(96)),  # the claim that holds the lease
    Column("lease_until", UtcDateTime()),
    Column("received_at", UtcDateTime(), nullable=False),
    Column("finished_at", UtcDateTime()),
    Column("error", Text),
    UniqueConstraint("conversation_id", "channel", "message_id"),
    Index("ix_inbox_unfinished", "state", "received_at"),
    Index("ix_inbox_conversation", "conversation_id", "state", "received_at"),
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
    Column("content", Text, nullable=False),
    Index("ix_conversation_entries_conversation", "conversation_id", "id"),
)

#: What happened in the dialogues, only ever appended to. A row is what one save added: events `ordinal` to
#: `ordinal + count - 1` of the conversation. The key holds each ordinal once, whoever writes and however often.
tracker_events = Table(
    "tracker_events",
    metadata,
    Column("conversation_id", String(128), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Column("events", Text, nullable=False),
)

#: Where reading may begin: the state of a dialogue just before the event `begins`, for dialogues that have grown long.
tracker_windows = Table(
    "tracker_windows",
    metadata,
    Column("conversation_id", String(128), primary_key=True),
    Column("session_begins", Integer, nullable=False),
    Column("begins", Integer, nullable=False),
    Column("state", Text),
    Column("at", UtcDateTime(), nullable=False),
)

action_runs = Table(
    "action_runs",
    metadata,
    Column("conversation_id", String(128), primary_key=True),
    Column("message_id", String(160), primary_key=True),
    Column("action", String(80), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("outcome", Text),  # empty only within the transaction of the action
    Column("at", UtcDateTime(), nullable=False),
)

#: New tracker events on their way to the event broker; a row is what one save appended, gone once it was published.
broker_events = Table(
    "broker_events",
    metadata,
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("event_id", String(40), nullable=False, unique=True),
    Column("conversation_id", String(128), nullable=False),
    Column("events", Text, nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Index("ix_broker_events_conversation", "conversation_id"),
)

#: Which events of the stream a consumer has handled, for as long as they might come again.
seen_events = Table(
    "seen_events",
    metadata,
    Column("consumer", String(64), primary_key=True),
    Column("event_id", String(48), primary_key=True),
    Column("at", UtcDateTime(), nullable=False),
    Index("ix_seen_events_at", "at"),
)
