"""Tables of model versions, deployments, serving processes and shadow results."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text

from closer.kit.columns import UtcDateTime
from closer.kit.db import metadata

model_versions = Table(
    "model_versions",
    metadata,
    Column("version", String(128), primary_key=True),
    Column("sort_key", String(40), nullable=False, unique=True),  # by time of registration
    Column("archive", Text, nullable=False),  # relative to the folder of models
    Column("sha256", String(64)),  # none until the archive is there
    Column("size", BigInteger),
    Column("model_id", String(64)),  # Rasa's own id, from the archive
    Column("state", String(16), nullable=False),  # pending_gate, ready, failed, retired
    Column("reason", Text, nullable=False, default=""),  # why it is in that state
    Column("accepts_missing", Boolean, nullable=False, default=False),
    Column("training_data", Text),
    Column("metrics", JSON, nullable=False),
    Column("gate", JSON),  # what the health gate measured
    Column("trained_by", String(160), nullable=False),
    Column("gate_lease_until", UtcDateTime()),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("updated_at", UtcDateTime(), nullable=False),
    Index("ix_model_versions_state", "state"),
    Index("ix_model_versions_sha256", "sha256"),
)

#: Append-only: the row with the highest revision is in force.
model_deployments = Table(
    "model_deployments",
    metadata,
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("strategy", String(16), nullable=False),  # stable, canary, blue_green, shadow
    Column("version", String(128), nullable=False),
    Column("baseline", String(128)),  # what served before, and still does for the rest
    Column("percent", Float, nullable=False),  # of conversations that `version` gets
    Column("forced", Boolean, nullable=False, default=False),
    Column("kind", String(16), nullable=False),  # deploy, rollback, gate
    Column("actor", String(160), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("created_at", UtcDateTime(), nullable=False),
)

#: What each process that serves models has made of the record.
model_replicas = Table(
    "model_replicas",
    metadata,
    Column("id", String(160), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column(
        "serving", JSON, nullable=False
    ),  # version: main, candidate, shadow, standby, draining, idle
    Column("problems", JSON, nullable=False),  # version: why this process cannot serve it
    Column("memory_mb", Float, nullable=False),
    Column("seen_at", UtcDateTime(), nullable=False),
    Index("ix_model_replicas_seen", "seen_at"),
)

#: Nothing personal: no text, no conversation.
model_shadow_results = Table(
    "model_shadow_results",
    metadata,
    Column("message_id", String(160), primary_key=True),
    Column("candidate", String(128), primary_key=True),
    Column("served_by", String(128), nullable=False),
    Column("intent", String(128)),
    Column("confidence", Float, nullable=False),
    Column("candidate_intent", String(128)),
    Column("candidate_confidence", Float, nullable=False),
    Column("candidate_ms", Float, nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Index("ix_model_shadow_candidate", "candidate", "at"),
)
