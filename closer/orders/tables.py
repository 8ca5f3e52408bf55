"""Tables of orders: items, payments, shipments, invoices, refunds, history, requests already served."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from closer.kit.columns import Cents, EncryptedJson, EncryptedText, UtcDateTime
from closer.kit.db import metadata


def _order_id(*, index: bool = False, primary_key: bool = False) -> Column[String]:
    parent = ForeignKey("orders.id", ondelete="CASCADE")
    return Column(
        "order_id", String(40), parent, nullable=False, index=index, primary_key=primary_key
    )


orders = Table(
    "orders",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("lookup", String(40), nullable=False, unique=True),  # the id's letters and digits alone
    Column("customer_id", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("subtotal", Cents(), nullable=False),
    Column("discount", Cents(), nullable=False),
    Column("shipping", Cents(), nullable=False),
    Column("total", Cents(), nullable=False),
    Column("fee", Cents(), nullable=False),  # kept on cancellation
    Column("delivery_method", String(16), nullable=False),
    Column("country", String(2), nullable=False),
    Column("address", EncryptedJson("orders.address"), nullable=False),
    Column("deliver_from", UtcDateTime(), nullable=False),
    Column("deliver_until", UtcDateTime(), nullable=False),
    Column("placed_at", UtcDateTime(), nullable=False),
    Column("paid_at", UtcDateTime()),
    Column("packed_at", UtcDateTime()),
    Column("shipped_at", UtcDateTime()),
    Column("delivered_at", UtcDateTime()),
    Column("cancelled_at", UtcDateTime()),
    Column("returned_at", UtcDateTime()),
    Column("refunded_at", UtcDateTime()),
    Column("updated_at", UtcDateTime(), nullable=False),
    Index("ix_orders_customer", "customer_id", "placed_at"),
    Index("ix_orders_state", "state", "placed_at"),
    Index("ix_orders_placed", "placed_at"),
)

order_items = Table(
    "order_items",
    metadata,
    _order_id(primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("product_id", String(16), nullable=False),
    Column("sku", String(40), nullable=False),
    Column("name", String(160), nullable=False),
    Column("category", String(32), nullable=False),
    Column("options", JSON, nullable=False),
    Column("unit_price", Cents(), nullable=False),
    Column("quantity", Integer, nullable=False),
    Index("ix_order_items_product", "product_id"),
)

payments = Table(
    "payments",
    metadata,
    Column("id", String(48), primary_key=True),
    _order_id(index=True),
    Column("kind", String(16), nullable=False),  # payment, adjustment
    Column("method", String(24), nullable=False),
    Column("state", String(16), nullable=False),  # pending, authorised, captured, failed, voided
    Column("masked", EncryptedText("payments.masked"), nullable=False),
    Column("amount", Cents(), nullable=False),
    Column("failure", String(40)),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("captured_at", UtcDateTime()),
)

shipments = Table(
    "shipments",
    metadata,
    Column("id", String(48), primary_key=True),
    _order_id(index=True),
    Column("carrier", String(40), nullable=False),
    Column("tracking_number", String(40), nullable=False, index=True),
    Column(
        "state", String(24), nullable=False
    ),  # in_transit, out_for_delivery, delivered, returned, delayed
    Column("shipped_at", UtcDateTime(), nullable=False),
    Column("estimated_delivery", UtcDateTime(), nullable=False),
    Column("delivered_at", UtcDateTime()),
    Column("events", EncryptedJson("shipments.events"), nullable=False),
)

invoices = Table(
    "invoices",
    metadata,
    Column("id", String(24), primary_key=True),
    _order_id(index=True),
    Column("customer_id", String(64), nullable=False, index=True),
    Column("state", String(16), nullable=False),  # issued, replaced, credited
    Column("replaces", String(24)),
    Column("issued_at", UtcDateTime(), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("total", Cents(), nullable=False),
    Column("content", EncryptedJson("invoices.content"), nullable=False),
)

refunds = Table(
    "refunds",
    metadata,
    Column("id", String(24), primary_key=True),
    _order_id(index=True),
    Column("customer_id", String(64), nullable=False, index=True),
    Column(
        "kind", String(16), nullable=False
    ),  # return, cancellation, change, overcharge, goodwill
    Column("state", String(16), nullable=False),  # requested, approved, paid, refused, withdrawn
    Column("currency", String(3), nullable=False),
    Column("amount", Cents(), nullable=False),
    Column("reason_code", String(24), nullable=False),
    Column("reason", EncryptedText("refunds.reason"), nullable=False),
    Column("items", JSON, nullable=False),
    Column("requested_at", UtcDateTime(), nullable=False),
    Column("decided_at", UtcDateTime()),
    Column("paid_at", UtcDateTime()),
    Column("expected_by", UtcDateTime(), nullable=False),
)

order_events = Table(
    "order_events",
    metadata,
    # SQLite only counts up by itself in an INTEGER primary key.
    Column(
        "id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    _order_id(),
    Column("at", UtcDateTime(), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("from_state", String(16)),
    Column("to_state", String(16)),
    Column("by", String(160), nullable=False),
    Column("detail", JSON, nullable=False),  # nothing personal
    Index("ix_order_events_order", "order_id", "id"),
)

order_requests = Table(
    "order_requests",
    metadata,
    Column("customer_id", String(64), primary_key=True),
    Column("key", String(160), primary_key=True),
    Column("operation", String(32), nullable=False),
    Column("order_id", String(40)),
    Column("outcome", Text),
    Column("at", UtcDateTime(), nullable=False),
)

order_counters = Table(
    "order_counters",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
