"""Tables of carts."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table

from closer.kit.columns import UtcDateTime
from closer.kit.db import metadata

carts = Table(
    "carts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("owner_id", String(128), nullable=False),  # the customer, or the visitor
    # The owner's id while the cart is open, so that there is one.
    Column("open_key", String(128), unique=True),
    Column("state", String(16), nullable=False),  # open, ordered, abandoned
    Column("order_id", String(64)),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("updated_at", UtcDateTime(), nullable=False),
    Index("ix_carts_owner", "owner_id"),
    Index("ix_carts_state", "state", "updated_at"),
)

cart_lines = Table(
    "cart_lines",
    metadata,
    Column("cart_id", String(40), ForeignKey("carts.id", ondelete="CASCADE"), primary_key=True),
    Column("product_id", String(16), primary_key=True),
    Column("options_key", String(200), primary_key=True),
    Column("options", JSON, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("added_at", UtcDateTime(), nullable=False),
)
