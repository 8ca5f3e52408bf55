"""The record of versions and deployments on real databases: what is accepted, what follows from it, what is noted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from redis.asyncio import Redis

from closer.kit.clock import FixedClock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.kit.pagination import PageRequest
from closer.kit.redis import connect_redis
from closer.lifecycle.archives import ArchiveRefused, inspect
from closer.lifecycle.journal import CHANNEL
from closer.lifecycle.records import (
    BLUE_GREEN,
    CANARY,
    FAILED,
    PENDING,
    RETIRED,
    SHADOW,
    STABLE,
    ShadowResult,
)
from closer.lifecycle.service import LifecycleService
from closer.security.audit import AuditLog
from tests.fakes.archives import metadata, write_archive
from tests.fakes.redis_server import RedisServer, running_redis


@pytest.fixture(scope="module")
def redis_server() -> Iterator[RedisServer]:
    with running_redis() as server:
        yield server


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 10, 10, tzinfo=timezone.utc))


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def audit(db: Database, clock: FixedClock) -> AuditLog:
    return AuditLog(db, clock)


@pytest.fixture
def service(
    db: Database, audit: AuditLog, models: Path, clock: FixedClock, redis_server: RedisServer
) -> LifecycleService:
    return LifecycleService(db, connect_redis(redis_server.url), audit, models, clock)


async def ready(service: LifecycleService, models: Path, *names: str) -> None:
    """Register versions and let them pass their gate."""
    for name in names:
        path = write_archive(models / f"{name}.tar.gz", metadata(model_id=name))
        await service.versions.register(name, actor="anna")
        await service.gate_passed(name, inspect(path), {"parse_ms": 5})


async def test_a_registered_version_keeps_what_is_known_of_it(
    service: LifecycleService, models: Path
) -> None:
    write_archive(models / "v1.4.tar.gz")
    await service.versions.register(
        "v1.4",
        actor="anna",
        training_data="s3://bucket/path.csv",
        metrics={"accuracy": 0.95},
        trained_by="ml_team_01",
    )
    found = await service.versions.get("v1.4")
    assert (found.state, found.metrics, found.trained_by) == (
        PENDING,
        {"accuracy": 0.95},
        "ml_team_01",
    )
    assert found.sha256 is not None
    assert await service.versions.find_by_digest(found.sha256) == found
    assert service.versions.archive_path(found) == models / "v1.4.tar.gz"


async def test_the_same_version_again_is_what_is_there_and_another_archive_is_refused(
    service: LifecycleService, models: Path
) -> None:
    path = write_archive(models / "v1.tar.gz")
    first = await service.versions.register("v1", actor="anna")
    assert await service.versions.register("v1", actor="ben") == first
    write_archive(path, metadata(model_id="other"))
    with pytest.raises(Conflict, match="another archive"):
        await service.versions.register("v1", actor="ben")


async def test_an_archive_may_come_later(service: LifecycleService, models: Path) -> None:
    found = await service.versions.register("v1.4", actor="anna")
    assert (found.state, found.sha256) == (PENDING, None)
    assert "not there" in found.reason
    path = write_archive(models / "v1.4.tar.gz")
    await service.gate_passed("v1.4", inspect(path), {})
    assert (await service.versions.get("v1.4")).sha256 == inspect(path).sha256


async def test_a_damaged_archive_is_not_registered(service: LifecycleService, models: Path) -> None:
    (models / "v1.tar.gz").write_bytes(b"not a model")
    with pytest.raises(ArchiveRefused):
        await service.versions.register("v1", actor="anna")
    with pytest.raises(NotFound):
        await service.versions.get("v1")
    for name in ("../v1", "", "a b"):
        with pytest.raises(InvalidInput):
            await service.versions.register(name, actor="anna")


async def test_a_failed_version_may_be_registered_anew(
    service: LifecycleService, models: Path
) -> None:
    path = write_archive(models / "v1.tar.gz")
    await service.versions.register("v1", actor="anna")
    await service.gate_failed("v1", "does not understand hello")
    found = await service.versions.get("v1")
    assert (found.state, found.reason) == (FAILED, "does not understand hello")
    write_archive(path, metadata(model_id="better"))
    assert (await service.versions.register("v1", actor="anna")).state == PENDING


async def test_each_strategy_keeps_what_serves_as_its_baseline(
    service: LifecycleService, models: Path
) -> None:
    await ready(service, models, "v1", "v2", "v3")
    first = await service.deploy("v1", actor="anna")
    assert (first.revision, first.baseline, first.percent) == (1, None, 100)
    trial = await service.deploy("v2", actor="anna", strategy=CANARY, percent=10)
    assert (trial.revision, trial.baseline, trial.percent) == (2, "v1", 10)
    more = await service.deploy("v2", actor="anna", strategy=CANARY, percent=50)
    assert more.baseline == "v1"
    other = await service.deploy("v3", actor="anna", strategy=SHADOW)
    assert (other.baseline, other.percent) == ("v1", 0)
    promoted = await service.deploy("v2", actor="anna")
    assert (promoted.strategy, promoted.baseline) == (STABLE, "v1")
    green = await service.deploy("v3", actor="anna", strategy=BLUE_GREEN)
    assert (green.baseline, green.percent) == ("v2", 100)
    assert await service.active() == green


async def test_a_deployment_that_makes_no_sense_is_refused(
    service: LifecycleService, models: Path
) -> None:
    await ready(service, models, "v1", "v2")
    with pytest.raises(Conflict, match="stable version first"):
        await service.deploy("v1", actor="anna", strategy=CANARY, percent=10)
    await service.deploy("v1", actor="anna")
    with pytest.raises(Conflict, match="serves already"):
        await service.deploy("v1", actor="anna", strategy=SHADOW)
    for percent in (None, 0, -1, 101):
        with pytest.raises(InvalidInput, match="percentage"):
            await service.deploy("v2", actor="anna", strategy=CANARY, percent=percent)
    with pytest.raises(InvalidInput, match="only a canary"):
        await service.deploy("v2", actor="anna", percent=10)
    with pytest.raises(InvalidInput, match="strategy"):
        await service.deploy("v2", actor="anna", strategy="roulette")
    with pytest.raises(NotFound):
        await service.deploy("v9", actor="anna")
    await service.retire("v2", actor="anna")
    with pytest.raises(Conflict, match="retired"):
        await service.deploy("v2", actor="anna")


async def test_a_candidate_that_fails_its_gate_ends_its_deployment(
    service: LifecycleService, models: Path, audit: AuditLog
) -> None:
    await ready(service, models, "v1")
    await service.deploy("v1", actor="anna")
    write_archive(models / "v2.tar.gz")
    await service.versions.register("v2", actor="anna")
    await service.deploy("v2", actor="anna", strategy=BLUE_GREEN)
    await service.gate_failed("v2", "it lacks forms", {"missing": {"forms": ["x_form"]}})
    active = await service.active()
    assert active is not None
    assert (active.version, active.strategy, active.kind) == ("v1", STABLE, "gate")
    assert "lacks forms" in active.reason
    await service.gate_failed("v2", "again")  # the second process that finds out changes nothing
    assert await service.active() == active
    entries = (await audit.entries(PageRequest(), action="model.gate_failed")).items
    assert [entry.outcome for entry in entries] == ["failed"]


async def test_a_rollback_goes_back_and_then_further_back(
    service: LifecycleService, models: Path
) -> None:
    await ready(service, models, "v1", "v2", "v3")
    for name in ("v1", "v2", "v3"):
        await service.deploy(name, actor="anna")
    back = await service.rollback(actor="anna", reason="worse")
    assert (back.version, back.baseline, back.forced, back.kind) == ("v2", "v3", True, "rollback")
    assert (await service.rollback(actor="anna")).version == "v1"
    with pytest.raises(Conflict, match="no version to go back to"):
        await service.rollback(actor="anna")
    chosen = await service.rollback("v3", actor="anna", forced=False)
    assert (chosen.version, chosen.forced) == ("v3", False)


async def test_a_rollback_ends_a_trial_and_never_goes_to_a_bad_version(
    service: LifecycleService, models: Path
) -> None:
    await ready(service, models, "v1", "v2")
    with pytest.raises(Conflict):
        await service.rollback(actor="anna")
    await service.deploy("v1", actor="anna")
    await service.deploy("v2", actor="anna", strategy=CANARY, percent=10)
    assert (await service.rollback(actor="anna")).version == "v1"
    write_archive(models / "v3.tar.gz")
    await service.versions.register("v3", actor="anna")
    with pytest.raises(Conflict, match="pending_gate"):
        await service.rollback("v3", actor="anna")
    with pytest.raises(NotFound):
        await service.rollback("v9", actor="anna")


async def test_what_is_deployed_is_not_retired(service: LifecycleService, models: Path) -> None:
    await ready(service, models, "v1", "v2")
    await service.deploy("v1", actor="anna")
    await service.deploy("v2", actor="anna")
    for name in ("v1", "v2"):
        with pytest.raises(Conflict, match="deployed"):
            await service.retire(name, actor="anna")
    await ready(service, models, "v3")
    assert (await service.retire("v3", actor="anna")).state == RETIRED


async def test_deployments_at_the_same_moment_get_a_revision_each(
    service: LifecycleService, models: Path
) -> None:
    names = [f"v{n}" for n in range(6)]
    await ready(service, models, *names)
    made = await asyncio.gather(*(service.deploy(name, actor="anna") for name in names))
    assert sorted(item.revision for item in made) == [1, 2, 3, 4, 5, 6]
    page = await service.history(PageRequest(limit=4))
    rest = await service.history(PageRequest(limit=4, cursor=page.next_cursor))
    assert [item.revision for item in (*page.items, *rest.items)] == [6, 5, 4, 3, 2, 1]


async def test_every_change_is_in_the_audit_log_and_announced(
    service: LifecycleService, models: Path, audit: AuditLog, redis_server: RedisServer
) -> None:
    listener = connect_redis(redis_server.url).pubsub()
    await listener.subscribe(CHANNEL)
    await listener.get_message(timeout=1)
    await ready(service, models, "v1", "v2")
    await service.deploy("v1", actor="anna")
    await service.deploy("v2", actor="ben", strategy=CANARY, percent=5, reason="try")
    await service.rollback(actor="anna")
    entries = (await audit.entries(PageRequest(), action="model.")).items
    assert [entry.action for entry in reversed(entries)] == [
        "model.register",
        "model.gate_passed",
        "model.register",
        "model.gate_passed",
        "model.deploy",
        "model.deploy",
        "model.rollback",
    ]
    assert (entries[1].actor, entries[1].target) == ("ben", "model:v2")
    assert entries[1].details["percent"] == 5
    heard = [await listener.get_message(timeout=1) for _ in entries]
    assert all(message and message["data"] == "changed" for message in heard)
    await listener.close()


async def test_the_record_changes_without_redis(
    db: Database, audit: AuditLog, models: Path, clock: FixedClock
) -> None:
    away: Redis = Redis.from_url("redis://127.0.0.1:1/0")
    service = LifecycleService(db, away, audit, models, clock)
    await ready(service, models, "v1")
    assert (await service.deploy("v1", actor="anna")).revision == 1


async def test_a_set_up_deploys_its_model_once_and_respects_what_people_did(
    service: LifecycleService, models: Path
) -> None:
    await ready(service, models, "a1", "a2", "v2")
    first = await service.follow("a1", actor="installation")
    assert first is not None
    assert await service.follow("a1", actor="installation") is None
    await service.deploy("v2", actor="anna")
    assert await service.follow("a1", actor="installation") is None
    fresh = await service.follow("a2", actor="installation")
    assert fresh is not None
    assert (fresh.version, fresh.baseline) == ("a2", "v2")


async def test_agreement_is_waited_for(service: LifecycleService, clock: FixedClock) -> None:
    await service.fleet.report("one", 1, {"v1": "main"}, {}, 500)
    await service.fleet.report("two", 2, {"v2": "main"}, {}, 500)
    behind = await service.fleet.wait_applied(2, timeout_s=0.1)
    assert [replica.id for replica in behind] == ["one"]
    waiting = asyncio.create_task(service.fleet.wait_applied(2, timeout_s=5))
    await service.fleet.report("one", 2, {"v2": "main"}, {"v3": "the archive is not there"}, 500)
    assert await waiting == []
    (one, _) = await service.fleet.present()
    assert one.problems == {"v3": "the archive is not there"}
    await service.fleet.leave("one")
    clock.advance(seconds=20)  # a process that fell silent is not waited for
    assert await service.fleet.present() == []


async def test_one_process_at_a_time_tries_a_version(
    service: LifecycleService, models: Path, clock: FixedClock
) -> None:
    write_archive(models / "v1.tar.gz")
    await service.versions.register("v1", actor="anna")
    assert await service.versions.lease_gate("v1")
    assert not await service.versions.lease_gate("v1")
    clock.advance(seconds=61)  # the first one died
    assert await service.versions.lease_gate("v1")


async def test_shadow_results_are_added_up(service: LifecycleService, clock: FixedClock) -> None:
    def result(number: int, intent: str | None, other: str | None) -> ShadowResult:
        return ShadowResult(f"m{number}", "v2", "v1", intent, 0.9, other, 0.5, 4.0, clock.now())

    same = [result(n, "greet", "greet") for n in range(3)]
    different = [result(3, "greet", "thank"), result(4, None, "thank"), result(5, None, None)]
    await service.shadow.add([*same, *different])
    await service.shadow.add(same)
    summary = await service.shadow.summary("v2")
    assert (summary.messages, summary.agreed) == (6, 4)
    assert summary.agreement == pytest.approx(4 / 6)
    assert summary.confidence == pytest.approx(0.9)
    assert set(summary.disagreements) == {("greet", "thank", 1), (None, "thank", 1)}
    assert (await service.shadow.summary("v3")).agreement is None
    clock.advance(days=31)
    assert await service.shadow.forget_old() == 6
