"""The life of models: deploy, roll back, retire; what is active, and how it came to be.

The record in the database decides. Serving processes follow it (rasa_ext/model_follower.py): at once when Redis tells
them, else within a second. A version gets traffic only after such a process has loaded it and tried it out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput
from closer.kit.pagination import Page, PageRequest, page_of
from closer.lifecycle.archives import ArchiveFacts
from closer.lifecycle.fleet import Fleet
from closer.lifecycle.journal import Journal
from closer.lifecycle.records import (
    CANARY,
    FAILED,
    PENDING,
    READY,
    RETIRED,
    SHADOW,
    STABLE,
    STRATEGIES,
    Deployment,
    ModelVersion,
)
from closer.lifecycle.registry import Registry
from closer.lifecycle.repository import DeploymentRepository
from closer.lifecycle.shadows import ShadowResults
from closer.security.audit import AuditLog

_TRIALS = (CANARY, SHADOW)
_MEMORY = 50  # deployments that a rollback looks back


class LifecycleService:
    """Deployments, and what belongs to them.

    Attributes:
        versions: The registry.
        fleet: The processes that serve.
        shadow: What shadowed candidates made of real messages.

    Args:
        db: The database.
        redis: For announcements.
        audit: Every change is noted there, in the same transaction.
        models_dir: The folder of archives.
        clock: The time.
    """

    def __init__(
        self, db: Database, redis: Redis[Any], audit: AuditLog, models_dir: Path, clock: Clock
    ) -> None:
        self._db = db
        self._clock = clock
        self._journal = Journal(db, redis, audit)
        self._deployments = DeploymentRepository(db)
        self.versions = Registry(db, self._journal, models_dir, clock)
        self.fleet = Fleet(db, clock)
        self.shadow = ShadowResults(db, clock)

    async def active(self) -> Deployment | None:
        """Return the deployment in force; None before the first."""
        found = await self._deployments.list(1)
        return found[0] if found else None

    async def history(self, page: PageRequest) -> Page[Deployment]:
        """Return a page of deployments, the newest first."""
        if page.after is not None and not page.after.isdecimal():
            raise InvalidInput("the cursor is not valid")
        before = int(page.after) if page.after else None
        rows = await self._deployments.list(page.limit + 1, before)
        return page_of(rows, page, key=lambda item: str(item.revision))

    async def deploy(
        self,
        version: str,
        *,
        actor: str,
        strategy: str = STABLE,
        percent: float | None = None,
        reason: str = "",
    ) -> Deployment:
        """Make a version serve: all conversations (`stable`, `blue_green`), a share (`canary`), or none (`shadow`).

        A version that has not passed its gate is waited for; until then everything stays as it is.

        Args:
            version: What is to be deployed.
            actor: Who says so.
            strategy: One of `records.STRATEGIES`. `blue_green` keeps the version before loaded, to go back at once.
            percent: The share of a canary, more than 0 and up to 100.
            reason: In a few words.

        Raises:
            NotFound: if there is no such version.
            InvalidInput: if strategy or percentage are not acceptable.
            Conflict: if the version failed or was retired, or there is nothing to compare it with.
        """
        share = _share(strategy, percent)
        async with self._changing():
            entry = await self.versions.get(version)
            if entry.state in (FAILED, RETIRED):
                raise Conflict(
                    f"version {version} is {entry.state}: {entry.reason}", code="version_not_usable"
                )
            main = await self._main()
            if strategy in _TRIALS and main is None:
                raise Conflict("deploy a stable version first", code="no_baseline")
            if strategy in _TRIALS and main == version:
                raise Conflict(f"version {version} serves already", code="already_serving")
            plan = {"strategy": strategy, "version": version, "percent": share}
            return await self._append(plan, main, kind="deploy", actor=actor, reason=reason)

    async def rollback(
        self, to: str | None = None, *, actor: str, reason: str = "", forced: bool = True
    ) -> Deployment:
        """Go back to a version that served before, or end a trial.

        Args:
            to: Which version; if left out, the one that served before, or beside the trial.
            actor: Who says so.
            reason: In a few words.
            forced: Whether conversations in the middle of a task move at once; else they finish it first.

        Raises:
            NotFound: if there is no such version.
            Conflict: if there is nothing to go back to, or the version is not ready.
        """
        async with self._changing():
            target = to or await self._before()
            if target is None:
                raise Conflict("there is no version to go back to", code="no_rollback_target")
            entry = await self.versions.get(target)
            if entry.state != READY:
                raise Conflict(f"version {target} is {entry.state}", code="version_not_usable")
            plan = {"strategy": STABLE, "version": target, "percent": 100.0, "forced": forced}
            return await self._append(
                plan, await self._main(), kind="rollback", actor=actor, reason=reason
            )

    async def follow(self, version: str, *, actor: str) -> Deployment | None:
        """Deploy what an installation was set up with, unless it did so before.

        Whatever people deployed since then stands; only a new version of the set-up takes over.

        Returns:
            The new deployment, or None if nothing was to be done.
        """
        last = await self._deployments.list(1, actor=actor, kind="deploy")
        if last and last[0].version == version:
            return None
        return await self.deploy(version, actor=actor, reason="set up with this model")

    async def retire(self, version: str, *, actor: str, reason: str = "") -> ModelVersion:
        """Take a version out of use for good.

        Raises:
            NotFound: if there is no such version.
            Conflict: if the deployment in force names it.
        """
        async with self._changing():
            active = await self.active()
            if active and version in (active.version, active.baseline):
                raise Conflict(f"version {version} is deployed", code="version_in_use")
            await self.versions.get(version)
            usable = (PENDING, READY, FAILED)
            if await self.versions.set_state(version, RETIRED, only_in=usable, reason=reason):
                await self._journal.note(actor, "model.retire", version, reason=reason)
        return await self.versions.get(version)

    async def gate_passed(
        self, version: str, facts: ArchiveFacts, report: Mapping[str, Any]
    ) -> None:
        """Note that a process has loaded a version and found it good."""
        async with self._db.transaction():
            if await self.versions.set_state(
                version, READY, only_in=(PENDING,), facts=facts, gate=report
            ):
                await self._journal.note("gate", "model.gate_passed", version, sha256=facts.sha256)

    async def gate_failed(
        self, version: str, reason: str, report: Mapping[str, Any] | None = None
    ) -> None:
        """Note that a version must not serve, and undo the deployment that waits for it."""
        async with self._changing():
            if not await self.versions.set_state(
                version, FAILED, only_in=(PENDING,), reason=reason, gate=report or {}
            ):
                return
            active = await self.active()
            if active and active.version == version and active.baseline:
                plan = {"strategy": STABLE, "version": active.baseline, "percent": 100.0}
                because = f"{version} failed its gate: {reason}"
                await self._append(plan, None, kind="gate", actor="gate", reason=because)
            await self._journal.note(
                "gate", "model.gate_failed", version, outcome="failed", reason=reason
            )

    async def _main(self) -> str | None:
        """Return the version that serves what is not on trial."""
        active = await self.active()
        if active is None:
            return None
        if active.strategy in _TRIALS:
            return active.baseline
        state = (await self.versions.get(active.version)).state
        serves = state == READY or (state == PENDING and active.baseline is None)
        return active.version if serves else active.baseline

    async def _before(self) -> str | None:
        """Return what served before the deployment in force, or serves beside it."""
        active = await self.active()
        if active is None:
            return None
        if active.baseline is not None and active.kind == "deploy":
            return active.baseline
        mains = [
            earlier.baseline if earlier.strategy in _TRIALS else earlier.version
            for earlier in await self._deployments.list(_MEMORY, active.revision)
        ]
        if active.kind != "deploy" and active.version in mains:  # going back again: further back
            mains = mains[mains.index(active.version) :]
        for name in mains:
            if name is None or name == active.version:
                continue
            if (await self.versions.get(name)).state == READY:
                return name
        return None

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[None]:
        async with self._db.transaction():
            await self._deployments.lock()
            yield

    async def _append(
        self, plan: Mapping[str, Any], main: str | None, *, kind: str, actor: str, reason: str
    ) -> Deployment:
        deployment = Deployment(
            revision=await self._deployments.last_revision() + 1,
            strategy=plan["strategy"],
            version=plan["version"],
            baseline=main if main != plan["version"] else None,
            percent=plan["percent"],
            forced=plan.get("forced", False),
            kind=kind,
            actor=actor,
            reason=reason,
            created_at=self._clock.now(),
        )
        await self._deployments.add(deployment)
        told = ("revision", "strategy", "baseline", "percent", "forced", "reason")
        details = {name: getattr(deployment, name) for name in told}
        await self._journal.note(actor, f"model.{kind}", deployment.version, **details)
        return deployment


def _share(strategy: str, percent: float | None) -> float:
    if strategy not in STRATEGIES:
        raise InvalidInput(f"the strategy must be one of {', '.join(STRATEGIES)}", field="strategy")
    if strategy != CANARY:
        if percent is not None:
            raise InvalidInput("only a canary has a percentage", field="percent")
        return 0.0 if strategy == SHADOW else 100.0
    if percent is None or not 0 < percent <= 100:
        raise InvalidInput("a canary needs a percentage above 0 and up to 100", field="percent")
    return float(percent)
