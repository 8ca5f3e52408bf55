"""Table of threats: what was refused as an attack, counted by kind, source and hour."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from closer.kit.columns import UtcDateTime
from closer.kit.db import metadata

threats = Table(
    "threats",
    metadata,
    Column("kind", String(48), primary_key=True),
    Column("source", String(160), primary_key=True),
    Column("hour", UtcDateTime(), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("evidence", String(300), nullable=False),  # of the last one; nothing personal
    Column("first_at", UtcDateTime(), nullable=False),
    Column("last_at", UtcDateTime(), nullable=False),
    Index("ix_threats_last_at", "last_at"),
)
