"""Tables of privacy requests, exports and consent."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)

from closer.kit.columns import EncryptedJson, EncryptedText, UtcDateTime
from closer.kit.db import metadata

privacy_requests = Table(
    "privacy_requests",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("sort_key", String(32), nullable=False, unique=True),
    Column("customer_id", String(128), nullable=False),
    Column("kind", String(16), nullable=False),  # data_deletion, data_export, opt_out, opt_in
    # Customer and kind while the request is open, so that there is one of each.
    Column("open_key", String(160), unique=True),
    Column(
        "state", String(16), nullable=False
    ),  # received, verified, in_progress, completed, refused
    Column("reason", EncryptedText("privacy_requests.reason")),
    Column("channel", String(32), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("lease_until", UtcDateTime()),
    Column("result", JSON),  # counts by store and what is kept; nothing personal
    Column("created_at", UtcDateTime(), nullable=False),
    Column("due_at", UtcDateTime(), nullable=False),
    Column("completed_at", UtcDateTime()),
    Index("ix_privacy_requests_customer", "customer_id", "sort_key"),
    Index("ix_privacy_requests_state", "state", "due_at"),
)

privacy_history = Table(
    "privacy_history",
    metadata,
    # SQLite only counts up by itself in an INTEGER primary key.
    Column(
        "seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("request_id", String(16), ForeignKey("privacy_requests.id"), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Column("actor", String(160), nullable=False),
    Column("state", String(16), nullable=False),
    Column("note", String(200), nullable=False),
    Index("ix_privacy_history_request", "request_id", "seq"),
)

privacy_exports = Table(
    "privacy_exports",
    metadata,
    Column("request_id", String(16), ForeignKey("privacy_requests.id"), primary_key=True),
    Column("customer_id", String(128), nullable=False),
    Column("document", EncryptedJson("privacy_exports.document"), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False),
    Column("downloads", Integer, nullable=False, default=0),
)

#: Append-only: the last row of a purpose is what holds.
consents = Table(
    "consents",
    metadata,
    Column(
        "seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("customer_id", String(128), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("source", String(160), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Index("ix_consents_customer", "customer_id", "purpose", "seq"),
)

#: Append-only: whether we may write to an address at all (STOP, START); the last row of an address is what holds.
contact_consents = Table(
    "contact_consents",
    metadata,
    Column(
        "seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("channel", String(16), nullable=False),
    Column("address_hash", String(64), nullable=False),  # outlives an erasure, so that it is kept
    Column("granted", Boolean, nullable=False),
    Column("source", String(160), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Index("ix_contact_consents_address", "channel", "address_hash", "seq"),
)
