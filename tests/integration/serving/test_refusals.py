"""What must not serve does not, and whoever talks meanwhile does not notice."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from closer.lifecycle.archives import ArchiveRefused
from closer.lifecycle.records import CANARY, FAILED, PENDING, READY
from tests.fakes.models import place
from tests.fakes.redis_server import RedisServer
from tests.integration.serving.conftest import Archives, Server, start_server


async def problems(server: Server) -> dict[str, str]:
    (replica,) = await server.services.lifecycle.fleet.present()
    return dict(replica.problems)


async def has_failed(server: Server, name: str) -> str:
    """Wait until a version has failed, and return why."""

    async def failed() -> bool:
        return await server.state(name) == FAILED

    await server.wait(failed)
    return (await server.services.lifecycle.versions.get(name)).reason


@pytest.fixture
async def stable(server: Server) -> Server:
    """A server whose record says v1."""
    await server.register("v1", "gift")
    await server.services.lifecycle.deploy("v1", actor="anna")
    await server.applied()
    return server


async def still_serves(server: Server) -> None:
    result = await server.say("hello")
    assert result.model_version == "v1"
    assert result.replies[0].text == "Hi from gift."


async def test_a_version_without_an_archive_waits_and_serves_when_it_comes(stable: Server) -> None:
    lifecycle = stable.services.lifecycle
    await lifecycle.versions.register("v2", actor="anna")
    await lifecycle.deploy("v2", actor="anna", strategy=CANARY, percent=100)
    await stable.applied()
    await still_serves(stable)
    assert "not there" in (await problems(stable))["v2"]
    assert await stable.state("v2") == PENDING
    place(stable.archives["gift2"], stable.services.settings.models_dir, "v2")

    async def serves() -> bool:
        return (await stable.say("hello")).model_version == "v2"

    await stable.wait(serves)
    assert await stable.state("v2") == READY
    assert await problems(stable) == {}


async def test_a_file_that_is_still_being_written_is_left_alone(stable: Server) -> None:
    folder = stable.services.settings.models_dir
    await stable.services.lifecycle.versions.register("v2", actor="anna")
    await stable.services.lifecycle.deploy("v2", actor="anna")
    content = stable.archives["gift2"].read_bytes()
    (folder / "v2.tar.gz").write_bytes(content[: len(content) // 2])
    await stable.applied()
    await still_serves(stable)
    assert await stable.state("v2") == PENDING
    place(stable.archives["gift2"], folder, "v2")

    async def ready() -> bool:
        return await stable.state("v2") == READY

    await stable.wait(ready)


async def test_an_archive_that_was_exchanged_after_registration_is_refused(stable: Server) -> None:
    await stable.services.lifecycle.versions.register("v2", actor="anna", sha256="0" * 64)
    place(stable.archives["gift2"], stable.services.settings.models_dir, "v2")
    await stable.services.lifecycle.deploy("v2", actor="anna")
    assert "not the file that was registered" in await has_failed(stable, "v2")
    await stable.applied()
    await still_serves(stable)
    active = await stable.services.lifecycle.active()
    assert active is not None
    assert (active.version, active.kind) == ("v1", "gate")


async def test_a_damaged_archive_that_comes_later_is_refused(stable: Server) -> None:
    await stable.services.lifecycle.versions.register("v2", actor="anna")
    path = place(stable.archives["gift2"], stable.services.settings.models_dir, "v2")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    os.utime(path, (0, 0))
    assert "damaged" in await has_failed(stable, "v2")
    await still_serves(stable)
    with pytest.raises(ArchiveRefused):
        await stable.services.lifecycle.versions.register("v3", actor="anna", archive="v2.tar.gz")


async def test_another_assistants_model_is_refused(stable: Server) -> None:
    await stable.register("v2", "foreign")
    await stable.services.lifecycle.deploy("v2", actor="anna")
    assert "somebody-else" in await has_failed(stable, "v2")
    await stable.applied()
    await still_serves(stable)


async def test_a_model_with_another_domain_is_refused_with_what_it_lacks(stable: Server) -> None:
    await stable.register("v2", "plain")
    await stable.services.lifecycle.deploy("v2", actor="anna", strategy=CANARY, percent=50)
    reason = await has_failed(stable, "v2")
    assert "gift_form" in reason
    assert "gift_name" in reason
    entry = await stable.services.lifecycle.versions.get("v2")
    assert entry.gate == {"missing": {"forms": ["gift_form"], "slots": ["gift_name"]}}
    await stable.applied()
    await still_serves(stable)


async def test_a_model_that_does_not_understand_a_greeting_is_refused(
    tmp_path: Path, archives: Archives, tables: str, redis_server: RedisServer
) -> None:
    server = await start_server(tmp_path, archives, tables, redis_server.url)
    server.models.follower._acquirer._smoke = [[{"say": "hello", "intent": "give"}]]
    await server.register("v2", "gift2")
    await server.services.lifecycle.deploy("v2", actor="anna")
    assert "takes 'hello' for greet" in await has_failed(server, "v2")
    assert (await server.say("hello")).model_version == "gift"
    await server.models.stop()
    await server.services.close()


async def test_a_full_disk_is_not_the_versions_fault(
    stable: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tarfile

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    await stable.register("v2", "gift2")
    with monkeypatch.context() as patch:
        patch.setattr(tarfile.TarFile, "extractall", full)
        await stable.services.lifecycle.deploy("v2", actor="anna")

        async def told() -> bool:
            return "No space left" in (await problems(stable)).get("v2", "")

        await stable.wait(told)
        assert await stable.state("v2") == PENDING
        await still_serves(stable)

    async def serves() -> bool:
        return (await stable.say("hello")).model_version == "v2"

    await stable.wait(serves)


async def test_changes_are_followed_without_redis(
    tmp_path: Path, archives: Archives, tables: str
) -> None:
    server = await start_server(tmp_path, archives, tables, "redis://127.0.0.1:1/0")
    await server.register("v2", "gift2")
    await server.services.lifecycle.deploy("v2", actor="anna")
    await server.applied()
    assert server.models.router.main.name == "v2"
    await server.models.stop()
    await server.services.close()


async def test_a_server_that_was_given_no_model_serves_what_the_record_says(
    tmp_path: Path, archives: Archives, tables: str, redis_server: RedisServer
) -> None:
    from closer.kit.errors import Unavailable

    server = await start_server(tmp_path, archives, tables, redis_server.url, given=None)
    assert not server.models.router.is_ready()
    with pytest.raises(Unavailable):
        await server.say("hello")
    await server.register("v1", "gift")
    await server.services.lifecycle.deploy("v1", actor="anna")
    await server.wait(server.models.router.is_ready)
    assert (await server.say("hello", "user2")).model_version == "v1"
    await server.models.stop()
    await server.services.close()


async def test_a_restarted_server_serves_what_is_deployed_not_what_it_was_given(
    tmp_path: Path, archives: Archives, tables: str, redis_server: RedisServer
) -> None:
    first = await start_server(tmp_path, archives, tables, redis_server.url)
    await first.register("v2", "gift2")
    await first.services.lifecycle.deploy("v2", actor="anna")
    await first.applied()
    await first.models.stop()
    assert await first.services.lifecycle.fleet.present() == []
    await first.services.close()
    again = await start_server(tmp_path, archives, tables, redis_server.url)
    assert (await again.say("hello")).model_version == "v2"  # from the first message on
    await again.models.stop()
    await again.services.close()


async def test_a_database_that_is_away_at_the_start_keeps_nobody_from_serving(
    tmp_path: Path, archives: Archives, redis_server: RedisServer
) -> None:
    away = "postgresql://nobody@127.0.0.1:1/none"
    server = await start_server(tmp_path, archives, away, redis_server.url)
    assert server.models.router.is_ready()
    assert server.models.router.main.name == "gift"
    await server.models.stop()
    await server.services.close()
