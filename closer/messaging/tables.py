"""Tables of messaging: short links, media that people sent."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

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

media = Table(
    "media",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("conversation_id", String(128), nullable=False),
    Column("message_id", String(160), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("state", String(16), nullable=False),  # expected, stored, refused, failed
    Column("source", Text),  # sealed; where the vendor keeps it, until it was fetched
    Column("content_type", String(100), nullable=False),
    Column("size", Integer),
    Column("content", Text),  # sealed under the person's key
    Column("reason", String(160)),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_media_due", "state", "next_attempt_at"),
    Index("ix_media_conversation", "conversation_id"),
)
