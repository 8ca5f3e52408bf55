"""Tables of the audit log: its rows, and the head of their chain."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from closer.kit.columns import UtcDateTime
from closer.kit.db import metadata

audit_log = Table(
    "audit_log",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),  # 1, 2, 3 ... without gaps
    Column("id", String(40), nullable=False, unique=True),
    Column("at", UtcDateTime(), nullable=False),
    Column("actor", String(160), nullable=False),
    Column("action", String(80), nullable=False),
    Column("target", String(200), nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("details", Text, nullable=False),  # the exact JSON text that was hashed
    Column("correlation_id", String(64), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_log_at", "at"),
    Index("ix_audit_log_target", "target", "seq"),
    Index("ix_audit_log_actor", "actor", "seq"),
)

#: One row. Its lock puts writers in line; its seal, made with our key, cannot be made again by who only has the database.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("seal", String(64), nullable=False),
)
