"""Which version a conversation gets: pure functions of the deployment, equal in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from closer.lifecycle.records import BLUE_GREEN, CANARY, SHADOW, Deployment

_BUCKETS = 10_000


@dataclass(frozen=True)
class Traffic:
    """How conversations are shared out.

    Attributes:
        main: The version of all conversations that the candidate does not get.
        candidate: The version on trial, if any.
        percent: The candidate's share.
        shadow: The version that only reads along, if any.
        standby: The version that stays loaded to take over at once, if any.
        forced: Whether conversations in the middle of a task move too.
    """

    revision: int
    main: str
    candidate: str | None = None
    percent: float = 0.0
    shadow: str | None = None
    standby: str | None = None
    forced: bool = False

    @property
    def roles(self) -> dict[str, str]:
        """What each version is for."""
        roles = {
            self.standby: "standby",
            self.shadow: "shadow",
            self.candidate: "candidate",
            self.main: "main",
        }
        return {name: role for name, role in roles.items() if name is not None}


def share_out(deployment: Deployment, available: Collection[str]) -> Traffic | None:
    """Return the traffic that a deployment means for a process with certain versions loaded.

    Returns:
        None if none of the deployment's versions can serve, so that what serves now should go on.
    """
    version = deployment.version if deployment.version in available else None
    baseline = deployment.baseline if deployment.baseline in available else None
    on_trial = deployment.strategy in (CANARY, SHADOW)
    main = baseline if on_trial else version or baseline
    if main is None:
        return None
    keeps_baseline = deployment.strategy == BLUE_GREEN and main == version
    return Traffic(
        revision=deployment.revision,
        main=main,
        candidate=version if deployment.strategy == CANARY else None,
        percent=deployment.percent if deployment.strategy == CANARY else 0.0,
        shadow=version if deployment.strategy == SHADOW else None,
        standby=baseline if keeps_baseline else None,
        forced=deployment.forced,
    )


def choose(traffic: Traffic, conversation_id: str) -> tuple[str, str]:
    """Return a conversation's version and arm (`stable` or `candidate`).

    The place of a conversation depends on its id and the candidate alone: raising the percentage only adds
    conversations to the candidate, every process answers the same, and the next candidate gets another sample.
    """
    if traffic.candidate is None:
        return traffic.main, "stable"
    bucket = bucket_of(traffic.candidate, conversation_id)
    if bucket < traffic.percent / 100 * _BUCKETS:
        return traffic.candidate, "candidate"
    return traffic.main, "stable"


def bucket_of(candidate: str, conversation_id: str) -> int:
    """Return a conversation's place among 10,000, evenly spread."""
    digest = hashlib.sha256(f"{candidate}\0{conversation_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _BUCKETS
