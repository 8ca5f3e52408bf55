"""What every change of a version or deployment leaves behind: a line in the audit log, and word to those who serve."""

from __future__ import annotations

import asyncio
from typing import Any

from redis.asyncio import Redis

from closer.kit.db import Database
from closer.kit.logging import get_logger
from closer.kit.redis import REDIS_AWAY
from closer.security.audit import AuditLog

_log = get_logger(__name__)

#: Redis channel on which a change is announced; who misses it sees the change in the database a second later.
CHANNEL = "closer:models"
_PATIENCE_S = 0.5


class Journal:
    """Notes changes.

    Args:
        db: The database.
        redis: For announcements.
        audit: The audit log.
    """

    def __init__(self, db: Database, redis: Redis[Any], audit: AuditLog) -> None:
        self._db = db
        self._redis = redis
        self._audit = audit

    async def note(
        self, actor: str, action: str, version: str, outcome: str = "ok", **details: Any
    ) -> None:
        """Note a change in the open transaction and announce it after the commit; call it last."""
        target = f"model:{version}"
        await self._audit.record(
            actor=actor, action=action, target=target, outcome=outcome, details=details
        )
        self._db.after_commit(self._announce)

    async def _announce(self) -> None:
        try:
            await asyncio.wait_for(self._redis.publish(CHANNEL, "changed"), _PATIENCE_S)
        except (*REDIS_AWAY, asyncio.TimeoutError) as error:
            _log.info("models_not_announced", reason=type(error).__name__)
