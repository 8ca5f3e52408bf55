"""Table of recommendations that somebody did not want."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from closer.kit.columns import UtcDateTime
from closer.kit.db import metadata

rejections = Table(
    "recommendation_rejections",
    metadata,
    Column("customer_id", String(128), primary_key=True),
    Column("product_id", String(16), primary_key=True),
    Column("at", UtcDateTime(), nullable=False),
)
