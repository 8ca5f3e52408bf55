"""Tables of notifications: messages that are to be delivered, or were, and reports that came too early.

What a message says and where it goes is sealed under the key of whom it concerns (`closer.kit.person_keys`).
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from closer.kit.columns import UtcDateTime
from closer.kit.db import metadata

notifications = Table(
    "notifications",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(48), nullable=False),
    Column("channel", String(16), nullable=False),  # email, sms, webhook
    Column("address", Text, nullable=False),
    Column("address_hash", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text),  # gone once a secret was sent
    Column("extras", Text),  # html, headers, media, sender
    Column("idempotency_key", String(160), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    # pending, sending, failed, dead; sent, then as the vendor reports: undelivered, delivered, bounced, read
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt_at", UtcDateTime(), nullable=False),
    Column("lease_until", UtcDateTime()),
    Column("owner", String(40)),
    Column("expires_at", UtcDateTime()),
    Column("mail_id", String(200)),  # the Message-ID of a mail
    Column("provider", String(32)),
    Column("provider_id", String(128)),
    Column("error", String(200)),
    Column("customer_id", String(128)),
    Column("conversation_id", String(128)),
    Column("status_at", UtcDateTime()),
    Column("correlation_id", String(64)),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("sent_at", UtcDateTime()),
    Index("ix_notifications_due", "state", "next_attempt_at"),
    Index("ix_notifications_line", "address_hash", "state", "id"),
    Index("ix_notifications_conversation", "conversation_id", "id"),
    Index("ix_notifications_customer", "customer_id", "id"),
    Index("ix_notifications_provider", "provider_id"),
    Index("ix_notifications_mail", "mail_id"),
)

#: What a vendor reported about a message before it was known here under the vendor's id.
early_reports = Table(
    "notification_reports",
    metadata,
    Column("provider", String(32), primary_key=True),
    Column("provider_id", String(128), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Column("error", String(200)),
)
