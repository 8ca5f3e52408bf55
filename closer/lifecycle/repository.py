"""SQL of model versions and deployments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from closer.kit.db import Database
from closer.lifecycle.records import Deployment, ModelVersion, Replica
from closer.lifecycle.tables import model_deployments, model_replicas, model_versions

_LOCK = 7_310_114  # any number that nobody else in the database locks
_V = model_versions.c
_D = model_deployments.c
_R = model_replicas.c


class VersionRepository:
    """Rows of versions."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, version: ModelVersion) -> bool:
        """Store a version; False if its name is taken."""
        statement = self._db.insert_new(model_versions).values(**asdict(version))
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount)

    async def find(self, **wanted: Any) -> ModelVersion | None:
        """Return the newest version whose columns have these values."""
        found = await self.list(1, **wanted)
        return found[0] if found else None

    async def list(
        self, limit: int, after: str | None = None, **wanted: Any
    ) -> Sequence[ModelVersion]:
        """Return versions whose columns have these values, the newest first."""
        query = select(model_versions).order_by(_V.sort_key.desc()).limit(limit)
        for name, value in wanted.items():
            query = query.where(_V[name] == value)
        if after is not None:
            query = query.where(_V.sort_key < after)
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_version(row) for row in rows]

    async def change(self, version: str, *, only_in: Sequence[str], **values: Any) -> bool:
        """Change a version if it is in one of these states; return whether it was."""
        statement = (
            update(model_versions)
            .where(_V.version == version, _V.state.in_(only_in))
            .values(**values)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount)

    async def lease(self, version: str, now: datetime, until: datetime) -> bool:
        """Take a version for trying it; False if another process has it."""
        free = or_(_V.gate_lease_until.is_(None), _V.gate_lease_until < now)
        statement = (
            update(model_versions).where(_V.version == version, free).values(gate_lease_until=until)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount)


class DeploymentRepository:
    """Rows of deployments, which are only ever added, and of the processes that follow them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def lock(self) -> None:
        """Let nobody else deploy until the open transaction ends: what is deployed next depends on what is now."""
        if self._db.is_sqlite:
            return  # there, a writer is alone anyway
        async with self._db.transaction() as connection:
            await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))

    async def add(self, deployment: Deployment) -> None:
        """Append a deployment under the lock."""
        async with self._db.transaction() as connection:
            await connection.execute(model_deployments.insert().values(**asdict(deployment)))

    async def list(
        self, limit: int, before: int | None = None, **wanted: Any
    ) -> Sequence[Deployment]:
        """Return deployments whose columns have these values, the newest first."""
        query = select(model_deployments).order_by(_D.revision.desc()).limit(limit)
        for name, value in wanted.items():
            query = query.where(_D[name] == value)
        if before is not None:
            query = query.where(_D.revision < before)
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_deployment(row) for row in rows]

    async def report(self, replica: Replica) -> None:
        """Store where a process stands."""
        values = asdict(replica)
        statement = self._db.insert(model_replicas).values(**values)
        changes = {name: value for name, value in values.items() if name != "id"}
        async with self._db.transaction() as connection:
            await connection.execute(
                statement.on_conflict_do_update(index_elements=["id"], set_=changes)
            )

    async def replicas(self, since: datetime) -> Sequence[Replica]:
        """Return the processes that reported since a moment."""
        query = select(model_replicas).where(_R.seen_at >= since).order_by(_R.id)
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [_replica(row) for row in rows]

    async def forget_replicas(self, *, before: datetime, replica_id: str | None = None) -> int:
        """Remove processes that have been silent since a moment, and one by its id."""
        gone = _R.seen_at < before
        if replica_id is not None:
            gone = or_(gone, _R.id == replica_id)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(delete(model_replicas).where(gone))
            return int(done.rowcount)

    async def last_revision(self) -> int:
        """Return the revision that is in force; 0 before the first deployment."""
        async with self._db.reading() as connection:
            found = (await connection.execute(select(func.max(_D.revision)))).scalar()
        return int(found or 0)


def _version(row: Mapping[Any, Any]) -> ModelVersion:
    return ModelVersion(**{item.name: row[item.name] for item in fields(ModelVersion)})


def _deployment(row: Mapping[Any, Any]) -> Deployment:
    return Deployment(**{item.name: row[item.name] for item in fields(Deployment)})


def _replica(row: Mapping[Any, Any]) -> Replica:
    return Replica(**{item.name: row[item.name] for item in fields(Replica)})
