"""Tables of reach: further addresses of customers, messages handed in for them, moves between channels, joined visitors."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, Text, UniqueConstraint

from closer.kit.columns import UtcDateTime
from closer.kit.db import metadata

#: Addresses beside those of the customer's record. Several people may own one: a household's phone.
contact_addresses = Table(
    "contact_addresses",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("customer_id", String(128), nullable=False),
    Column("kind", String(16), nullable=False),  # phone, email, device, alexa
    Column("address", Text, nullable=False),  # sealed under the customer's key
    Column("address_hash", String(64), nullable=False),
    Column("challenge_id", String(40)),
    Column("added_by", String(160), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("verified_at", UtcDateTime()),
    UniqueConstraint("customer_id", "kind", "address_hash"),
    Index("ix_contact_addresses_hash", "address_hash", "kind"),
)

#: What a caller names a conversation; the first customer it was used for keeps it.
session_aliases = Table(
    "session_aliases",
    metadata,
    Column("alias", String(128), primary_key=True),
    Column("customer_id", String(128), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_session_aliases_customer", "customer_id"),
)

#: Messages that services and staff handed in; one that goes by a vendor has its status in the outbox.
channel_messages = Table(
    "channel_messages",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("customer_id", String(128), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("notification_id", String(40)),
    Column("content", Text, nullable=False),  # sealed: text, context, address as it is shown
    Column("request_key", String(64), nullable=False, unique=True),
    Column("request_hash", String(64), nullable=False),
    Column("sent_by", String(160), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Index("ix_channel_messages_customer", "customer_id", "id"),
)

channel_switches = Table(
    "channel_switches",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("customer_id", String(128), nullable=False),
    Column("from_channel", String(16), nullable=False),
    Column("to_channel", String(16), nullable=False),
    Column("request_key", String(64), nullable=False, unique=True),
    Column("notification_id", String(40)),
    Column("entry_id", String(40)),
    Column("switched_by", String(160), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Index("ix_channel_switches_customer", "customer_id", "id"),
)

#: Visitors who proved to be customers. Asked for by the gateway, carried out where the dialogues are.
visitor_joins = Table(
    "visitor_joins",
    metadata,
    Column("visitor_id", String(128), primary_key=True),
    Column("customer_id", String(128), nullable=False),
    Column("state", String(16), nullable=False),  # asked, done, refused
    Column("asked_at", UtcDateTime(), nullable=False),
    Column("done_at", UtcDateTime()),
    Index("ix_visitor_joins_state", "state", "asked_at"),
    Index("ix_visitor_joins_customer", "customer_id"),
)
