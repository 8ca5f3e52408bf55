"""Table of notifications: messages that are to be delivered, or were."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from closer.kit.columns import EncryptedText, UtcDateTime
from closer.kit.db import metadata

notifications = Table(
    "notifications",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(48), nullable=False),
    Column("channel", String(16), nullable=False),  # email, sms, webhook
    Column("address", EncryptedText("notifications.address"), nullable=False),
    Column("address_hash", String(64), nullable=False),
    Column("subject", EncryptedText("notifications.subject"), nullable=False),
    Column("body", EncryptedText("notifications.body")),  # gone once a secret was sent
    Column("idempotency_key", String(160), nullable=False, unique=True),
    Column("state", String(16), nullable=False),  # pending, sending, sent, failed, dead
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt_at", UtcDateTime(), nullable=False),
    Column("lease_until", UtcDateTime()),
    Column("owner", String(40)),
    Column("expires_at", UtcDateTime()),
    Column("provider", String(32)),
    Column("provider_id", String(128)),
    Column("error", String(200)),
    Column("customer_id", String(128)),
    Column("correlation_id", String(64)),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("sent_at", UtcDateTime()),
    Index("ix_notifications_due", "state", "next_attempt_at"),
    Index("ix_notifications_customer", "customer_id", "id"),
    Index("ix_notifications_provider", "provider_id"),
)
