"""Gets a registered version ready to serve: finds its archive, loads it, sends it through the gate; all off the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiohttp
from rasa.shared.exceptions import RasaException

from closer.kit.logging import get_logger
from closer.lifecycle.archives import ArchiveMissing, ArchiveRefused
from closer.lifecycle.records import FAILED, READY, RETIRED, ModelVersion
from closer.lifecycle.registry import Registry
from rasa_ext.model_gate import Conversation, GateFailed, check_domain, try_out
from rasa_ext.model_loading import LoadedModel, ModelLoader, release

_log = get_logger(__name__)

_SETTLED_S = 2.0  # a file that changed later than that may still be on its way
_ASK_ACTIONS_S = 2.0


class NotNow(Exception):
    """The version cannot be had at present; it may be later."""


class Refused(Exception):
    """The version must not serve.

    Attributes:
        report: What was found out.
    """

    def __init__(self, reason: str, report: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.report = report or {}


class Acquirer:
    """Loads and tries out versions.

    Args:
        loader: Makes agents of archives.
        registry: Says where an archive lies and what it must be.
        actions_url: The action server, which is asked what it can run.
        smoke: What a version must manage; the product's conversations if left out.
    """

    def __init__(
        self,
        loader: ModelLoader,
        registry: Registry,
        actions_url: str,
        smoke: Sequence[Conversation] | None = None,
    ) -> None:
        self._loader = loader
        self._smoke = smoke
        self._registry = registry
        self._actions_url = actions_url
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="model-load")

    def is_there(self, entry: ModelVersion) -> bool:
        """Say whether a version's archive is there and not just being written."""
        return _is_settled(self._registry.archive_path(entry))

    async def acquire(
        self, entry: ModelVersion, serving: LoadedModel | None, loaded: LoadedModel | None
    ) -> tuple[LoadedModel, dict[str, Any]]:
        """Return a version ready to serve, and what the gate measured.

        Args:
            entry: The version.
            serving: What serves now; the version must not lack what it has.
            loaded: The version itself, if it is in memory already and only has to be tried.

        Raises:
            NotNow: if its archive is not there.
            Refused: if it is not what was registered or fails the gate.
            OSError: if the disk is full, or the like.
        """
        if entry.state in (FAILED, RETIRED):
            raise NotNow(f"it is {entry.state}: {entry.reason}")
        path = self._registry.archive_path(entry)
        if loaded is None and not (entry.state == READY or _is_settled(path)):
            raise NotNow(f"the archive {path.name} is not there yet")
        known = await self._known_actions()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, self._acquire, entry, path, serving, loaded, known
        )

    def _acquire(
        self,
        entry: ModelVersion,
        path: Path,
        serving: LoadedModel | None,
        loaded: LoadedModel | None,
        known_actions: frozenset[str] | None,
    ) -> tuple[LoadedModel, dict[str, Any]]:
        began = time.perf_counter()
        fresh: LoadedModel | None = None
        try:
            if loaded is None:
                loaded = fresh = self._loader.load(entry.version, path, entry.sha256)
            load_s = round(time.perf_counter() - began, 2)
            report = check_domain(
                loaded.facts,
                serving.facts if serving and serving is not loaded else None,
                # Once it has passed, it may be gone back to, whatever was added since.
                accepts_missing=entry.accepts_missing or entry.state == READY,
                known_actions=known_actions,
            )
            return loaded, {"load_s": load_s, **report, **try_out(loaded, self._smoke)}
        except BaseException as error:
            if fresh is not None:
                release(fresh)
            raise _judged(error) from error

    async def _known_actions(self) -> frozenset[str] | None:
        timeout = aiohttp.ClientTimeout(total=_ASK_ACTIONS_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(f"{self._actions_url}/actions") as answer,
            ):
                return frozenset(item["name"] for item in await answer.json())
        except (
            aiohttp.ClientError,
            asyncio.TimeoutError,
            KeyError,
            TypeError,
            ValueError,
        ) as error:
            _log.info("actions_not_compared", reason=type(error).__name__)
            return None


def _judged(error: BaseException) -> BaseException:
    """Tell what is the version's fault from what is the machine's."""
    cause = error.__cause__ if isinstance(error, RasaException) and error.__cause__ else error
    if isinstance(error, ArchiveMissing):
        return NotNow(error.detail)
    if isinstance(error, ArchiveRefused):
        return Refused(error.detail)
    if isinstance(error, GateFailed):
        return Refused(str(error), error.report)
    if isinstance(cause, OSError | MemoryError) or not isinstance(cause, Exception):
        return cause
    return Refused(f"it cannot be loaded: {type(cause).__name__}: {cause}")


def _is_settled(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime >= _SETTLED_S
    except OSError:
        return False
