"""Table of the sandbox: what would have been sent if a vendor were configured, and what was written to us there."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table

from closer.kit.columns import EncryptedJson, EncryptedText, UtcDateTime
from closer.kit.db import metadata

sandbox_messages = Table(
    "sandbox_messages",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("address", EncryptedText("sandbox_messages.address"), nullable=False),
    Column("address_hash", String(64), nullable=False),
    Column("subject", EncryptedText("sandbox_messages.subject"), nullable=False),
    Column("text", EncryptedText("sandbox_messages.text"), nullable=False),
    Column("idempotency_key", String(160), nullable=False, unique=True),
    Column("at", UtcDateTime(), nullable=False),
    Column("incoming", Boolean(create_constraint=False), nullable=False, default=False),
    Column("state", String(24), nullable=False),
    Column("extras", EncryptedJson("sandbox_messages.extras"), nullable=False),
    Index("ix_sandbox_messages_address", "address_hash", "id"),
)
