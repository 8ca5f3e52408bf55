"""Table of the keys that people's content is sealed under; each key is wrapped by the installation's key."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, Text

from closer.kit.columns import UtcDateTime
from closer.kit.db import metadata

person_keys = Table(
    "person_keys",
    metadata,
    Column("id", String(40), primary_key=True),  # the key id in whatever was sealed under it
    Column("person", String(128), nullable=False),
    # Whose new content is sealed under it; empty for the key that a visitor brought along when merged.
    Column("writes_for", String(128), unique=True),
    # For whom it was made: the conversation under which content may still lie after a merge.
    Column("origin", String(128), nullable=False),
    Column("wrapped", Text, nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_person_keys_person", "person"),
)
