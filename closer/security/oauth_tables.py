"""The table of authorization codes (RFC 6749): what a person allowed an application, until it fetches its tokens."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text

from closer.kit.columns import UtcDateTime
from closer.kit.db import metadata

oauth_codes = Table(
    "oauth_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),  # SHA-256 of 256 random bits
    Column("client_id", String(200), nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column(
        "account_id",
        String(40),
        ForeignKey("accounts.account_id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("family", String(40), nullable=False),  # the session that grows from it
    Column("expires_at", UtcDateTime(), nullable=False, index=True),
    Column("used_at", UtcDateTime()),
)
