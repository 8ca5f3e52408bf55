"""Table of feedback."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table

from closer.kit.columns import EncryptedText, UtcDateTime
from closer.kit.db import metadata

feedback = Table(
    "feedback",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("sort_key", String(40), nullable=False, unique=True),  # by time
    Column("kind", String(16), nullable=False),  # rating, review, comment
    Column("customer_id", String(128)),
    Column("conversation_id", String(128)),
    Column("session_id", String(128)),
    Column("rating", Integer),
    Column("comment", EncryptedText("feedback.comment")),
    Column("entry_id", String(64)),  # the answer that it is about
    Column("message_id", String(160)),
    Column("response_text", EncryptedText("feedback.response_text")),
    Column("confidence", Float),
    Column("model_version", String(128)),
    Column("product_id", String(64)),
    Column("order_id", String(64)),
    Column("channel", String(32)),
    Column("idempotency_key", String(160), unique=True),
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_feedback_created", "created_at"),
    Index("ix_feedback_product", "product_id", "sort_key"),
    Index("ix_feedback_customer", "customer_id", "sort_key"),
    Index("ix_feedback_model", "model_version", "created_at"),
)
