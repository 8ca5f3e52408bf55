"""Records of model versions and deployments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

PENDING, READY, FAILED, RETIRED = "pending_gate", "ready", "failed", "retired"
STABLE, CANARY, BLUE_GREEN, SHADOW = "stable", "canary", "blue_green", "shadow"
STRATEGIES = (STABLE, CANARY, BLUE_GREEN, SHADOW)


@dataclass(frozen=True)
class ModelVersion:
    """A trained model that was registered.

    Attributes:
        archive: Its file, relative to the folder of models.
        sha256: The file's digest; None as long as the file is not there.
        state: `pending_gate` until a serving process has loaded and tried it, then `ready` or `failed`; or `retired`.
        reason: Why it is in that state.
        accepts_missing: Whether somebody decided that it may lack forms, actions or slots of the one before.
        gate: What the health gate measured.
    """

    version: str
    sort_key: str
    archive: str
    sha256: str | None
    size: int | None
    model_id: str | None
    state: str
    reason: str
    accepts_missing: bool
    training_data: str | None
    metrics: Mapping[str, Any]
    gate: Mapping[str, Any] | None
    trained_by: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class Deployment:
    """Which versions serve from a revision on.

    Attributes:
        version: What was deployed.
        baseline: What served before: it keeps the rest of the traffic, or stays ready to take over.
        percent: The share of conversations that `version` gets once it is ready.
        forced: Whether conversations in the middle of a task move at once.
        kind: `deploy`, `rollback`, or `gate` when a candidate's failure undid a deployment.
    """

    revision: int
    strategy: str
    version: str
    baseline: str | None
    percent: float
    forced: bool
    kind: str
    actor: str
    reason: str
    created_at: datetime

    @property
    def wanted(self) -> Sequence[str]:
        """The versions that a serving process needs, the most important one first."""
        order = [self.version, self.baseline]
        if self.strategy in (CANARY, SHADOW):
            order.reverse()
        if self.strategy == STABLE:
            order = [self.version]
        return [name for name in order if name is not None]


@dataclass(frozen=True)
class Replica:
    """A process that serves models, and how far it has followed the record.

    Attributes:
        revision: The revision that it has applied, as far as it can.
        serving: What each loaded version is for: `main`, `candidate`, `shadow`, `standby`, `draining`, `idle`.
        problems: Why it cannot serve a version that the record wants.
    """

    id: str
    revision: int
    serving: Mapping[str, str]
    problems: Mapping[str, str]
    memory_mb: float
    seen_at: datetime


@dataclass(frozen=True)
class ShadowResult:
    """A message as two models understood it; the first one answered."""

    message_id: str
    candidate: str
    served_by: str
    intent: str | None
    confidence: float
    candidate_intent: str | None
    candidate_confidence: float
    candidate_ms: float
    at: datetime


@dataclass(frozen=True)
class ShadowSummary:
    """How a shadowed candidate compares.

    Attributes:
        agreed: How many messages both understood alike.
        disagreements: The most frequent pairs of different intents, and how often.
    """

    candidate: str
    messages: int
    agreed: int
    confidence: float
    candidate_confidence: float
    candidate_ms: float
    disagreements: Sequence[tuple[str | None, str | None, int]] = field(default_factory=tuple)

    @property
    def agreement(self) -> float | None:
        """The share of messages that both understood alike; None without any."""
        return self.agreed / self.messages if self.messages else None
