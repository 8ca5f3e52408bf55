"""Tables of the catalogue."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from closer.kit.columns import Cents, UtcDateTime
from closer.kit.db import metadata

products = Table(
    "products",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("sku", String(40), nullable=False, unique=True),
    Column("family", String(40), nullable=False),  # variants of one product share it
    Column("name", String(160), nullable=False),
    Column("category", String(32), nullable=False),
    Column("kind", String(60), nullable=False),
    Column("brand", String(60), nullable=False),
    Column("description", Text, nullable=False),
    Column("attributes", JSON, nullable=False),
    Column("options", JSON, nullable=False),
    Column("price", Cents(), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("stock", Integer, nullable=False),
    Column("rating", Float, nullable=False),
    Column("reviews", Integer, nullable=False),
    Column("popularity", Float, nullable=False),
    Column("related", JSON, nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("updated_at", UtcDateTime(), nullable=False),
    CheckConstraint("stock >= 0", name="ck_products_stock"),
    Index("ix_products_category", "category", "popularity"),
    Index("ix_products_family", "family"),
)
