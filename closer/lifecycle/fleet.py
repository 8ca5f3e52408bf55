"""The processes that serve models: where each stands, and whether all agree."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.lifecycle.records import Replica
from closer.lifecycle.repository import DeploymentRepository

#: A process that was silent for longer is taken to be gone.
SILENT = timedelta(seconds=15)
_FORGOTTEN = timedelta(hours=1)
_POLL_S = 0.05


class Fleet:
    """All serving processes of an installation.

    Args:
        db: The database.
        clock: The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._clock = clock
        self._deployments = DeploymentRepository(db)

    async def report(
        self,
        replica_id: str,
        revision: int,
        serving: Mapping[str, str],
        problems: Mapping[str, str],
        memory_mb: float,
    ) -> None:
        """Note where a process stands; also a sign of life."""
        await self._deployments.report(
            Replica(
                replica_id, revision, dict(serving), dict(problems), memory_mb, self._clock.now()
            )
        )

    async def leave(self, replica_id: str) -> None:
        """Forget a process that ends, and those that ended without a word long ago."""
        await self._deployments.forget_replicas(
            before=self._clock.now() - _FORGOTTEN, replica_id=replica_id
        )

    async def present(self) -> Sequence[Replica]:
        """Return the processes that are alive."""
        return await self._deployments.replicas(self._clock.now() - SILENT)

    async def wait_applied(self, revision: int, timeout_s: float = 3.0) -> Sequence[Replica]:
        """Wait until all living processes have applied a revision; return those that have not in time."""
        ends = time.monotonic() + timeout_s
        while True:
            behind = [item for item in await self.present() if item.revision < revision]
            if not behind or time.monotonic() >= ends:
                return behind
            await asyncio.sleep(_POLL_S)
