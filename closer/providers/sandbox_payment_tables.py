"""Table of the sandbox's payments; a card's number is never in it."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table

from closer.kit.columns import Cents, EncryptedText, UtcDateTime
from closer.kit.db import metadata

sandbox_charges = Table(
    "sandbox_charges",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("idempotency_key", String(200), nullable=False, unique=True),
    Column("method", String(24), nullable=False),
    Column("masked", EncryptedText("sandbox_charges.masked"), nullable=False),
    Column("gift_hash", String(64)),  # by which a gift card's balance is counted
    Column("amount", Cents(), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("state", String(16), nullable=False),  # authorised, captured, voided, declined
    Column("failure", String(40)),
    Column("at", UtcDateTime(), nullable=False),
    Index("ix_sandbox_charges_gift", "gift_hash"),
)
