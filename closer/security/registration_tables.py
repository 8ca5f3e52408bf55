"""Table of registrations that wait for the proof of their e-mail address; gone once confirmed or expired."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from closer.kit.columns import EncryptedText, UtcDateTime
from closer.kit.db import metadata

registrations = Table(
    "registrations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("email", EncryptedText("registrations.email"), nullable=False),
    Column("email_hash", String(64), nullable=False, unique=True),
    Column("name", EncryptedText("registrations.name"), nullable=False),
    Column("password_hash", Text, nullable=False),  # argon2id, PHC string
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("visitor_id", String(128)),  # whose conversation and cart become the customer's
    Column("tries", Integer, nullable=False),  # of the password, with the link
    Column("mails", Integer, nullable=False),  # since mails_since
    Column("mails_since", UtcDateTime(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False, index=True),
)
