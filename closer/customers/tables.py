"""Tables of customers: people, their addresses, and what was changed by whom."""

from __future__ import annotations

from sqlalchemy import (
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

customers = Table(
    "customers",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", EncryptedText("customers.name"), nullable=False),
    Column("email", EncryptedText("customers.email")),
    # Keyed hashes, so that a person can be found by an address; a closed account's is another one, for privacy requests alone.
    Column("email_hash", String(64), unique=True),
    Column("phone", EncryptedText("customers.phone")),
    Column("phone_hash", String(64), index=True),
    Column("account_type", String(16), nullable=False),
    Column("locale", String(16), nullable=False),
    Column("preferences", EncryptedJson("customers.preferences"), nullable=False),
    Column("newsletter", Boolean, nullable=False),
    Column("sale_opt_out", Boolean, nullable=False),
    Column("personalization", Boolean, nullable=False),
    Column("status", String(16), nullable=False),  # active, closed
    Column("created_at", UtcDateTime(), nullable=False),
    Column("updated_at", UtcDateTime(), nullable=False),
    Column("closed_at", UtcDateTime()),
)

addresses = Table(
    "addresses",
    metadata,
    Column("id", String(96), primary_key=True),
    Column(
        "customer_id", String(64), ForeignKey("customers.id", ondelete="CASCADE"), nullable=False
    ),
    Column("label", String(40), nullable=False),
    Column("recipient", EncryptedText("addresses.recipient"), nullable=False),
    Column("street", EncryptedText("addresses.street"), nullable=False),
    Column("city", EncryptedText("addresses.city"), nullable=False),
    Column("region", EncryptedText("addresses.region")),
    Column("postcode", EncryptedText("addresses.postcode")),
    Column("country", String(2), nullable=False),
    Column("is_default", Boolean, nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("updated_at", UtcDateTime(), nullable=False),
    Index("ix_addresses_customer", "customer_id"),
)

customer_changes = Table(
    "customer_changes",
    metadata,
    # SQLite only counts up by itself in an INTEGER primary key.
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    Column("customer_id", String(64), nullable=False),
    Column("field", String(64), nullable=False),
    Column("old", EncryptedJson("customer_changes.old")),
    Column("new", EncryptedJson("customer_changes.new")),
    Column("by", String(160), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Index("ix_customer_changes_customer", "customer_id", "id"),
)
