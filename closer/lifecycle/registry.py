"""The registry of model versions: what was trained, by whom, how good it is, and whether it may serve."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.kit.ids import is_safe_id, new_id
from closer.kit.logging import get_logger
from closer.kit.pagination import Page, PageRequest, page_of
from closer.lifecycle.archives import SUFFIX, ArchiveFacts, ArchiveMissing, inspect, resolve
from closer.lifecycle.journal import Journal
from closer.lifecycle.records import FAILED, PENDING, READY, ModelVersion
from closer.lifecycle.repository import VersionRepository

_log = get_logger(__name__)

_GATE_LEASE = timedelta(seconds=60)
_MOST_PENDING = 20
_LONGEST_REASON = 2000


class Registry:
    """Model versions.

    Args:
        db: The database.
        journal: Notes what changes.
        models_dir: The folder of archives.
        clock: The time.
    """

    def __init__(self, db: Database, journal: Journal, models_dir: Path, clock: Clock) -> None:
        self._db = db
        self._journal = journal
        self._models_dir = models_dir
        self._clock = clock
        self._rows = VersionRepository(db)

    def archive_path(self, version: ModelVersion) -> Path:
        """Return the file of a version, whether it is there or not."""
        return resolve(self._models_dir, version.archive)

    async def register(
        self,
        version: str,
        *,
        actor: str,
        archive: str | None = None,
        sha256: str | None = None,
        training_data: str | None = None,
        metrics: Mapping[str, Any] | None = None,
        trained_by: str | None = None,
        accepts_missing: bool = False,
        rebuilt: bool = False,
    ) -> ModelVersion:
        """Enter a version; the same version with the same archive again gives what is there.

        An archive that is not there yet may come later. One that is there is looked through at once; whether it
        works is found out by the next serving process. A version that failed may be entered anew.

        Args:
            version: Its name, e.g. `v1.4`.
            actor: Who registers it.
            archive: The file in the folder of models; `<version>.tar.gz` if left out.
            sha256: The digest that the file must have; that of the file if left out.
            training_data: Where the data lies that it was trained on.
            metrics: Its quality, as measured.
            trained_by: Who trained it, if not the actor.
            accepts_missing: Whether it may lack forms, actions or slots of what serves now.
            rebuilt: Whether the same file may hold a new build: the one before is gone, its name stands for the sources.

        Raises:
            InvalidInput: if the name is not acceptable or the archive must not be loaded.
            Conflict: if the name belongs to another archive.
        """
        if not is_safe_id(version):
            raise InvalidInput("that is no name for a version", field="version")
        archive = archive or f"{version}{SUFFIX}"
        facts = await self._look(archive, sha256)
        now = self._clock.now()
        entry = ModelVersion(
            version=version,
            sort_key=f"{int(now.timestamp() * 1000):015d}-{new_id()[-12:]}",
            archive=archive,
            sha256=facts.sha256 if facts else sha256,
            size=facts.size if facts else None,
            model_id=facts.model_id if facts else None,
            state=PENDING,
            reason="" if facts else "the archive is not there yet",
            accepts_missing=accepts_missing,
            training_data=training_data,
            metrics=dict(metrics or {}),
            gate=None,
            trained_by=trained_by or actor,
            created_at=now,
            updated_at=now,
        )
        async with self._db.transaction():
            if not await self._rows.add(entry) and not await self._replace(entry, rebuilt):
                return await self.get(version)
            await self._journal.note(
                actor, "model.register", version, archive=archive, sha256=entry.sha256
            )
        return await self.get(version)

    async def get(self, version: str) -> ModelVersion:
        """Return a version.

        Raises:
            NotFound: `version_not_found`.
        """
        found = await self._rows.find(version=version)
        if found is None:
            raise NotFound(f"there is no version {version}", code="version_not_found")
        return found

    async def find_by_digest(self, sha256: str) -> ModelVersion | None:
        """Return the newest version with this archive."""
        return await self._rows.find(sha256=sha256)

    async def list(self, page: PageRequest, *, state: str | None = None) -> Page[ModelVersion]:
        """Return a page of versions, the newest first."""
        wanted = {"state": state} if state else {}
        rows = await self._rows.list(page.limit + 1, page.after, **wanted)
        return page_of(rows, page, key=lambda item: item.sort_key)

    async def pending(self) -> Sequence[ModelVersion]:
        """Return the versions that wait for their gate, the newest first."""
        return await self._rows.list(_MOST_PENDING, state=PENDING)

    async def lease_gate(self, version: str) -> bool:
        """Take a version for trying it out; False if another process is at it."""
        now = self._clock.now()
        return await self._rows.lease(version, now, now + _GATE_LEASE)

    async def set_state(
        self,
        version: str,
        state: str,
        *,
        only_in: Sequence[str],
        reason: str = "",
        facts: ArchiveFacts | None = None,
        gate: Mapping[str, Any] | None = None,
    ) -> bool:
        """Change a version's state if it is in one of these; return whether it was."""
        values: dict[str, Any] = {"state": state, "reason": reason[:_LONGEST_REASON]}
        if facts is not None:
            values |= {"sha256": facts.sha256, "size": facts.size, "model_id": facts.model_id}
        if gate is not None:
            values["gate"] = dict(gate)
        return await self._rows.change(
            version,
            only_in=only_in,
            updated_at=self._clock.now(),
            gate_lease_until=None,
            **values,
        )

    async def _look(self, archive: str, sha256: str | None) -> ArchiveFacts | None:
        path = resolve(self._models_dir, archive)
        try:
            return await asyncio.to_thread(inspect, path, expected_sha256=sha256)
        except ArchiveMissing:
            _log.info("model_archive_awaited", archive=archive)
            return None

    async def _replace(self, entry: ModelVersion, rebuilt: bool) -> bool:
        """Enter a version anew that failed or was built again; False if the entry is there already."""
        known = await self.get(entry.version)
        same = known.archive == entry.archive and entry.sha256 in (None, known.sha256)
        awaited = known.archive == entry.archive and known.sha256 is None
        if known.state in (PENDING, READY) and (same or awaited):
            return False
        again = rebuilt and known.archive == entry.archive
        if known.state != FAILED and not again:
            raise Conflict(
                f"version {entry.version} is another archive ({known.state})", code="version_exists"
            )
        kept = ("version", "sort_key", "created_at")
        values = {name: value for name, value in vars(entry).items() if name not in kept}
        return await self._rows.change(
            entry.version, only_in=(known.state,), gate_lease_until=None, **values
        )
