"""Keeps the models of this process in step with the deployment record.

It hears of changes through Redis and looks into the database every second anyway. What the record wants is loaded and
tried out in a thread while turns go on; then traffic changes in one step. Whatever cannot be loaded changes nothing:
the process serves what it had and says so, in the log and in its line of the fleet.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psutil
from redis.asyncio import Redis

from closer.kit.errors import CloserError
from closer.kit.ids import new_id
from closer.kit.logging import get_logger
from closer.kit.redis import REDIS_AWAY
from closer.kit.tasks import end
from closer.lifecycle.assignment import share_out
from closer.lifecycle.journal import CHANNEL
from closer.lifecycle.records import PENDING, Deployment
from closer.lifecycle.service import LifecycleService
from rasa_ext.model_acquiring import Acquirer, NotNow, Refused
from rasa_ext.model_loading import collect, release
from rasa_ext.model_router import RouterAgent

_log = get_logger(__name__)

_REPORT_S = 5.0
_LISTEN_AGAIN_S = 5.0
_FIRST_RETRY_S = 2.0
_LONGEST_RETRY_S = 60.0
_SPARE_S = 30.0
_TIDY_WITHIN_S = 60.0  # how long to wait for a moment in which nobody talks


class ModelFollower:
    """Follows the record.

    Args:
        router: Holds the versions of this process.
        acquirer: Loads and tries out versions.
        lifecycle: The record.
        redis: Tells of changes.
        poll_s: Seconds between two looks at the record.
    """

    def __init__(
        self,
        router: RouterAgent,
        acquirer: Acquirer,
        lifecycle: LifecycleService,
        redis: Redis[Any],
        poll_s: float = 1.0,
    ) -> None:
        self.replica_id = f"{socket.gethostname()}:{os.getpid()}:{new_id()[-6:]}"
        self._router = router
        self._acquirer = acquirer
        self._lifecycle = lifecycle
        self._redis = redis
        self._poll_s = poll_s
        self._applied = 0
        self._problems: dict[str, str] = {}
        self._retries: dict[str, tuple[float, float]] = {}  # version: when, and after which pause
        self._litter_since: float | None = None
        self._reported: tuple[float, Any] = (0.0, None)
        self._ear = _Ear(redis, poll_s)
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="model-release")
        self._task: asyncio.Task[None] | None = None
        self._trial: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin in the background."""
        self._task = asyncio.get_running_loop().create_task(self._forever())

    async def stop(self) -> None:
        """End, and take this process out of the fleet."""
        await end(self._task, self._trial)
        await self._ear.close()
        self._threads.shutdown(wait=False)
        try:
            await self._lifecycle.fleet.leave(self.replica_id)
        except CloserError as error:
            _log.info("fleet_not_told", code=error.code)

    async def look(self) -> None:
        """Do what the record asks for now.

        Raises:
            Unavailable: if the database is away.
        """
        deployment = await self._lifecycle.active()
        if deployment is not None and self._has_work(deployment):
            await self._follow(deployment)
        await self._let_go()
        await self._try_waiting(deployment)
        await self._report()

    async def _let_go(self) -> None:
        loop = asyncio.get_running_loop()
        for model in self._router.reap():
            await loop.run_in_executor(self._threads, release, model)
            self._litter_since = self._litter_since or time.monotonic()
            _log.info("model_released", version=model.name)
        if self._litter_since is None:
            return
        if self._router.is_idle or time.monotonic() - self._litter_since > _TIDY_WITHIN_S:
            self._litter_since = None
            await loop.run_in_executor(self._threads, collect)
            _log.info("memory_collected", memory_mb=_memory_mb())

    def _has_work(self, deployment: Deployment) -> bool:
        return deployment.revision != self._applied or bool(self._problems)

    async def _follow(self, deployment: Deployment) -> None:
        for name in deployment.wanted:
            await self._obtain(name)
        traffic = share_out(deployment, self._router.loaded)
        if traffic is None and deployment.baseline is not None:
            await self._obtain(deployment.baseline)
            traffic = share_out(deployment, self._router.loaded)
        needed = {*deployment.wanted, deployment.baseline}
        self._problems = {name: why for name, why in self._problems.items() if name in needed}
        if traffic is not None and traffic != self._router.traffic:
            self._router.adopt(traffic)
            _log.info("models_deployed", **vars(traffic), problems=self._problems)
        elif traffic is None and deployment.revision != self._applied:
            _log.error(
                "models_not_deployed", revision=deployment.revision, problems=self._problems,
                serving=self._router.roles,
            )  # fmt: skip
        self._applied = deployment.revision

    async def _obtain(self, name: str) -> None:
        """Have a version in memory that may serve, or a reason why not."""
        due, pause = self._retries.get(name, (0.0, 0.0))
        if time.monotonic() < due:
            return
        if self._trial is not None and self._trial.get_name() == name:
            await asyncio.wait([self._trial])
        try:
            entry = await self._lifecycle.versions.get(name)
            loaded = self._router.model(name)
            if loaded is not None and entry.state != PENDING:
                self._problems.pop(name, None)
                return
            model, report = await self._acquirer.acquire(entry, self._router.main, loaded)
        except NotNow as error:
            self._problem(name, str(error))
            self._retries[name] = (time.monotonic() + self._poll_s, 0.0)
        except Refused as error:
            self._problem(name, str(error))
            await self._lifecycle.gate_failed(name, str(error), error.report)
            self._retries[name] = (time.monotonic() + _LONGEST_RETRY_S, 0.0)
        except CloserError:
            raise
        except Exception as error:  # the disk, the memory: not the version's fault
            _log.exception("model_not_loaded", version=name)
            self._problem(name, f"{type(error).__name__}: {error}")
            pause = min(_LONGEST_RETRY_S, max(_FIRST_RETRY_S, 2 * pause))
            self._retries[name] = (time.monotonic() + pause, pause)
        else:
            self._router.add(model)
            self._problems.pop(name, None)
            self._retries.pop(name, None)
            _log.info("model_loaded", version=name, memory_mb=_memory_mb(), **report)
            await self._lifecycle.gate_passed(name, model.facts, report)

    def _problem(self, name: str, why: str) -> None:
        if self._problems.get(name) != why:
            _log.warning("model_refused", version=name, reason=why, serving=self._router.roles)
        self._problems[name] = why

    async def _try_waiting(self, deployment: Deployment | None) -> None:
        """Try a registered version that nobody deployed yet, one at a time, so that it is known to be good."""
        if self._trial is not None and not self._trial.done():
            return
        deployed = (deployment.version, deployment.baseline) if deployment else ()
        for entry in await self._lifecycle.versions.pending():
            if entry.version in deployed or entry.version in self._router.loaded:
                continue
            if not self._acquirer.is_there(entry):
                continue
            if await self._lifecycle.versions.lease_gate(entry.version):
                trial = self._try(entry.version)
                self._trial = asyncio.get_running_loop().create_task(trial, name=entry.version)
                return

    async def _try(self, name: str) -> None:
        try:
            entry = await self._lifecycle.versions.get(name)
            model, report = await self._acquirer.acquire(entry, self._router.main, None)
            self._router.add(
                model, keep_s=_SPARE_S
            )  # who registers a version often deploys it next
            await self._lifecycle.gate_passed(name, model.facts, report)
            _log.info("model_passed", version=name, **report)
        except NotNow as error:
            _log.info("model_not_tried", version=name, reason=str(error))
        except Refused as error:
            _log.warning("model_refused", version=name, reason=str(error))
            await self._lifecycle.gate_failed(name, str(error), error.report)
        except CloserError as error:
            _log.warning("model_not_tried", version=name, code=error.code)
        except Exception:
            _log.exception("model_not_tried", version=name)

    async def _report(self) -> None:
        state = (self._applied, self._router.roles, dict(self._problems))
        at, before = self._reported
        if state == before and time.monotonic() - at < _REPORT_S:
            return
        await self._lifecycle.fleet.report(self.replica_id, *state, _memory_mb())
        self._reported = (time.monotonic(), state)

    async def _forever(self) -> None:
        away = False
        while True:
            await self._ear.wait()
            try:
                await self.look()
                if away:
                    _log.info("models_followed_again")
                away = False
            except CloserError as error:
                if not away:
                    _log.warning("models_not_followed", code=error.code, serving=self._router.roles)
                away = True
            except Exception:
                _log.exception("models_not_followed", serving=self._router.roles)


class _Ear:
    """Waits for an announcement, or for the time to look anyway."""

    def __init__(self, redis: Redis[Any], poll_s: float) -> None:
        self._redis = redis
        self._poll_s = poll_s
        self._pubsub: Any = None
        self._deaf_until = 0.0

    async def wait(self) -> None:
        """Return after an announcement or after the poll time."""
        if time.monotonic() < self._deaf_until:
            await asyncio.sleep(self._poll_s)
            return
        began = time.monotonic()
        try:
            if self._pubsub is None:
                self._pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
                await self._pubsub.subscribe(CHANNEL)
            while time.monotonic() - began < self._poll_s:
                left = self._poll_s - (time.monotonic() - began)
                message: Mapping[str, Any] | None = await self._pubsub.get_message(timeout=left)
                if message is not None:
                    return
        except REDIS_AWAY as error:
            _log.info("models_not_announced", reason=type(error).__name__)
            self._deaf_until = time.monotonic() + _LISTEN_AGAIN_S
            await self.close()

    async def close(self) -> None:
        """Stop listening."""
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            with suppress(*REDIS_AWAY):
                await pubsub.close()


def _memory_mb() -> float:
    return round(psutil.Process().memory_info().rss / 2**20, 1)
