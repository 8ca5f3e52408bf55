"""The table that says which parts of the demo shop were seeded, so that nothing comes back that somebody deleted."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from closer.kit.columns import UtcDateTime
from closer.kit.db import metadata

demo_seeds = Table(
    "demo_seeds",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", UtcDateTime(), nullable=False),
)
