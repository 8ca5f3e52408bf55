"""The table of the newsletter's subscribers."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from closer.kit.columns import EncryptedText, UtcDateTime
from closer.kit.db import metadata

newsletter_subscribers = Table(
    "newsletter_subscribers",
    metadata,
    Column("email_hash", String(64), primary_key=True),
    Column("email", EncryptedText("newsletter_subscribers.email"), nullable=False),
    Column("confirmed_at", UtcDateTime(), nullable=False),  # when the address was proven
)
