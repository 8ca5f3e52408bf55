"""Table of payments at the checkout, so that none is lost between the provider and the order."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from closer.kit.columns import Cents, UtcDateTime
from closer.kit.db import metadata

checkout_payments = Table(
    "checkout_payments",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("cart_id", String(40), nullable=False),
    Column("key", String(160), nullable=False),  # the caller's idempotency key
    Column("provider", String(24), nullable=False),
    Column("authorisation_id", String(64)),
    # started, authorised, ordered, captured, releasing, voided, declined
    Column("state", String(16), nullable=False),
    Column("amount", Cents(), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("order_id", String(40)),
    Column("customer_id", String(128)),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("updated_at", UtcDateTime(), nullable=False),
    Index("ix_checkout_payments_key", "cart_id", "key", unique=True),
    Index("ix_checkout_payments_state", "state", "updated_at"),
    Index("ix_checkout_payments_customer", "customer_id"),
)
