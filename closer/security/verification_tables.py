"""Tables of one-time codes and password reset links; neither a code nor a link is stored."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from closer.kit.columns import UtcDateTime
from closer.kit.db import metadata

verification_challenges = Table(
    "verification_challenges",
    metadata,
    Column("id", String(40), primary_key=True),
    Column(
        "subject", String(160), nullable=False
    ),  # the customer's id, or a keyed hash of the address
    Column("customer_id", String(128)),
    Column("conversation_id", String(128)),
    Column("purpose", String(48), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("address_hash", String(64), nullable=False),
    Column("code_hash", String(64), nullable=False),
    Column("state", String(16), nullable=False),  # pending, used, locked, superseded, expired
    Column("wrong_tries", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False),
    Column("used_at", UtcDateTime()),
    Index("ix_verification_challenges_subject", "subject", "created_at"),
    Index("ix_verification_challenges_conversation", "conversation_id", "purpose"),
    Index("ix_verification_challenges_state", "state", "expires_at"),
)

password_resets = Table(
    "password_resets",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("account_id", String(128), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("state", String(16), nullable=False),  # pending, used, superseded
    Column("created_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False),
    Column("used_at", UtcDateTime()),
    Index("ix_password_resets_account", "account_id", "created_at"),
)
