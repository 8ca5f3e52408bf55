"""The whole product changes its model while people talk, and keeps what it has when the new one is bad."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from closer.conversations.turn import InboundMessage
from closer.kit.settings import load_settings
from closer.lifecycle.records import FAILED, READY
from closer.services import Services
from scripts.stack.instance import Instance
from scripts.stack.records import read_record
from tests.fakes.instances import bring_up, new_instance

pytestmark = [pytest.mark.stack, pytest.mark.nightly, pytest.mark.timeout(400)]


@pytest.fixture
async def product(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Instance, Services]]:
    """The running product, with a folder of models of its own."""
    monkeypatch.setenv("CLOSER_MODELS_DIR", str(tmp_path / "models"))
    with new_instance(tmp_path) as instance:
        bring_up(instance)
        mine = instance.settings
        services = Services(
            load_settings(
                data_dir=mine.data_dir,
                models_dir=mine.models_dir,
                rasa_url=mine.rasa_url,
                database_url=mine.database_url,
                redis_url=mine.redis_url,
            )
        )
        yield instance, services
        await services.close()


def models(instance: Instance, *words: str, check: bool = True) -> str:
    """Say something about models as an operator does."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.models", *words],
        cwd=instance.root, env=instance.env, capture_output=True, text=True, check=check, timeout=60,
    )  # fmt: skip
    return done.stdout


async def applied(services: Services) -> None:
    """Wait until the deployment in force is applied."""
    active = await services.lifecycle.active()
    assert active is not None
    assert await services.lifecycle.fleet.wait_applied(active.revision, 30) == []


async def served_by(instance: Instance, version: str) -> None:
    """Wait until a version serves: an archive that was written just now is left alone for two seconds."""
    for _ in range(150):
        if f"{version} main" in models(instance, "status"):
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"{version} does not serve:\n{models(instance, 'status')}")


async def answered_by(services: Services, number: int) -> str | None:
    """Say something to the product and return which version answered."""
    message = InboundMessage(
        message_id=f"m{number}", channel="web", conversation_id="user123", text="hello"
    )
    result = await services.turns.run(message)
    assert result.replies
    return result.model_version


async def test_a_deployment_reaches_the_running_product_and_a_bad_one_does_not(
    product: tuple[Instance, Services],
) -> None:
    instance, services = product
    lifecycle = services.lifecycle
    first = await lifecycle.active()
    assert first is not None
    assert first.actor == "installation"
    folder = instance.settings.models_dir
    archive = lifecycle.versions.archive_path(await lifecycle.versions.get(first.version))
    assert archive.parent == folder
    assert await answered_by(services, 1) == first.version

    shutil.copyfile(archive, folder / "v2.tar.gz")
    models(instance, "register", str(folder / "v2.tar.gz"))
    assert "stable of v2 beside" in models(instance, "deploy", "v2")
    await served_by(instance, "v2")
    assert await answered_by(services, 2) == "v2"
    assert (await lifecycle.versions.get("v2")).state == READY

    await lifecycle.versions.register("v3", actor="anna")
    bad = folder / "v3.tar.gz"
    bad.write_bytes(archive.read_bytes()[:-1000])
    os.utime(bad, (0, 0))
    models(instance, "deploy", "v3", check=False)  # or it was found to be bad before
    for _ in range(300):
        if (await lifecycle.versions.get("v3")).state == FAILED:
            break
        await asyncio.sleep(0.1)
    assert (await lifecycle.versions.get("v3")).state == FAILED
    await applied(services)
    assert "v2 main" in models(instance, "status")
    assert await answered_by(services, 3) == "v2"

    record = read_record(instance.run_dir, "rasa")
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    await asyncio.sleep(1)  # the supervisor's time to notice
    await asyncio.to_thread(bring_up, instance)
    assert await answered_by(services, 4) == "v2"  # the record decides, not what it is started with
