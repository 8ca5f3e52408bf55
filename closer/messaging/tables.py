"""Tables of messaging: short links."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from closer.kit.columns import EncryptedText, UtcDateTime
from closer.kit.db import metadata

short_links = Table(
    "short_links",
    metadata,
    Column("code", String(16), primary_key=True),
    Column("url", EncryptedText("short_links.url"), nullable=False),
    Column("conversation_id", String(128)),  # whose it is, for erasing it
    Column("hits", Integer, nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False),
    Index("ix_short_links_conversation", "conversation_id"),
    Index("ix_short_links_expires_at", "expires_at"),
)
