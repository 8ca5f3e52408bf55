"""The theatre, and a shop in which a customer is about to confirm a cancellation."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from closer.kit.clock import FixedClock
from closer.kit.settings import ROOT, load_settings
from closer.services import Services
from tests.fakes.redis_server import RedisServer, running_redis
from tests.support import current_model, prepare_database

NOW = datetime(2026, 3, 10, 10, 0, tzinfo=timezone.utc)
LATER = NOW + timedelta(seconds=120)  # every lease is over, no one-time value is
CUSTOMER, PHONE = "user123", "+12025550123"


def message(number: int, text: str) -> dict[str, Any]:
    """A text message of the customer."""
    return {
        "message_id": f"SM{number}",
        "channel": "sms",
        "conversation_id": CUSTOMER,
        "customer_id": CUSTOMER,
        "proven": True,
        "text": text,
        "address": PHONE,
    }


class Theatre:
    """Plays scenes on copies of the prepared shop.

    Attributes:
        prepared: The database in which the customer is about to say yes.
    """

    def __init__(self, folder: Path, redis: RedisServer) -> None:
        self._folder = folder
        self._redis = redis
        self._count = 0
        self.prepared = folder / "prepared" / "shop.sqlite3"
        env = os.environ | {"CLOSER_LOG_LEVEL": "CRITICAL"}
        self._log = (folder / "theatre.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.crash.theatre", str(current_model())],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )

    def prepare(self) -> None:
        """Seed the shop and let the customer ask for the cancellation."""
        self.prepared.parent.mkdir()

        async def seed() -> None:
            services = self.services(self.prepared)
            await prepare_database(services)
            await services.close()

        asyncio.run(seed())
        assert self._told() == "ready"
        asked = self.play(self.prepared, message(1, "cancel order 12347"))
        assert "cancel" in json.dumps(asked["answer"]["replies"]).lower(), asked

    def copy(self) -> Path:
        """Return a copy of the prepared shop."""
        self._count += 1
        folder = self._folder / f"copy{self._count}"
        shutil.copytree(self.prepared.parent, folder)
        return folder / self.prepared.name

    def services(self, database: Path, at: datetime = LATER) -> Services:
        """Return services to look at a database with."""
        settings = load_settings(database_url=f"sqlite:///{database}", redis_url=self._redis.url)
        return Services(settings, FixedClock(at))

    def play(
        self,
        database: Path,
        said: dict[str, Any] | None = None,
        *,
        at: datetime = NOW,
        victim: str | None = None,
        step: int = 0,
        replay: bool = False,
        deliver: bool = False,
    ) -> dict[str, Any]:
        """Play a scene; `killed` tells whether its main process died, `steps` what the victim passed."""
        steps = database.parent / f"steps-{victim}-{step}.txt"
        request = {
            "database": str(database),
            "redis": self._redis.url,
            "at": at.isoformat(),
            "message": said,
            "replay": replay,
            "deliver": deliver,
            "victim": victim,
            "step": step,
            "steps": str(steps),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._told())
        passed = steps.read_text("utf-8").splitlines() if steps.exists() else []
        return {**answer, "steps": passed}

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._log.close()

    def _told(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line, (self._folder / "theatre.log").read_text("utf-8")[-3000:]
        return line


@pytest.fixture(scope="module")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    with running_redis() as redis:
        theatre = Theatre(tmp_path_factory.mktemp("theatre"), redis)
        try:
            theatre.prepare()
            yield theatre
        finally:
            theatre.close()
