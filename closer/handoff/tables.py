"""Tables of handing over: requests, agents' presence, appointments."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table

from closer.kit.columns import EncryptedJson, EncryptedText, UtcDateTime
from closer.kit.db import metadata

handoff_requests = Table(
    "handoff_requests",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("conversation_id", String(128), nullable=False),
    # The conversation's id while the request is open, so that there is one at a time.
    Column("open_key", String(128), unique=True),
    Column("customer_id", String(128)),
    Column("channel", String(32), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("priority", Integer, nullable=False),  # index in tickets' priorities, 0 is low
    Column("skill", String(48), nullable=False),
    Column("state", String(16), nullable=False),  # waiting, with_agent, wrap_up, closed
    Column("outcome", String(32)),  # resolved, returned, promised, abandoned, merged
    Column("transcript", EncryptedJson("handoff_requests.transcript"), nullable=False),
    Column("ticket_id", String(16)),
    Column("agent_id", String(128)),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("claimed_at", UtcDateTime()),
    Column("wrapped_at", UtcDateTime()),
    Column("closed_at", UtcDateTime()),
    Index("ix_handoff_requests_queue", "state", "priority", "created_at"),
    Index("ix_handoff_requests_customer", "customer_id"),
    Index("ix_handoff_requests_agent", "agent_id", "state"),
)

handoff_agents = Table(
    "handoff_agents",
    metadata,
    Column("agent_id", String(128), primary_key=True),
    Column("skills", JSON, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("available", Boolean, nullable=False),
    Column("seen_at", UtcDateTime(), nullable=False),
)

appointments = Table(
    "appointments",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("customer_id", String(128), nullable=False),
    Column("conversation_id", String(128)),
    Column("starts_at", UtcDateTime(), nullable=False),
    Column("ends_at", UtcDateTime(), nullable=False),
    # Slot and lane while it stands, so that no agent is booked twice; none once it is cancelled.
    Column("slot_key", String(48), unique=True),
    Column("topic", EncryptedText("appointments.topic"), nullable=False),
    Column("phone", EncryptedText("appointments.phone"), nullable=False),
    Column("state", String(16), nullable=False),  # booked, cancelled
    Column("idempotency_key", String(160), unique=True),
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_appointments_start", "state", "starts_at"),
    Index("ix_appointments_customer", "customer_id", "starts_at"),
)
