"""Table of the daily counts. It knows nobody: neither who spoke nor what was said."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, String, Table

from closer.kit.db import metadata

insight_counts = Table(
    "insight_counts",
    metadata,
    Column("day", Date, primary_key=True),  # in UTC
    Column("channel", String(32), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("name", String(128), primary_key=True),  # empty for kinds that have no names
    Column("count", Integer, nullable=False),
)
