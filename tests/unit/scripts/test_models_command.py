"""What operators say about models, and what the set-up does with the model that it was made with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from closer.kit.settings import load_settings
from closer.services import Services
from migrations.tables import all_tables
from scripts import models
from tests.fakes.archives import metadata, write_archive


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    made = Services(
        load_settings(
            data_dir=tmp_path / "data",
            models_dir=tmp_path / "models",
            redis_url="redis://127.0.0.1:1/0",
        )
    )
    async with made.db.engine.begin() as connection:
        await connection.run_sync(all_tables().create_all)
    yield made
    await made.close()


async def test_an_archive_from_elsewhere_is_taken_into_the_folder_and_deployed_once(
    services: Services, tmp_path: Path
) -> None:
    archive = write_archive(tmp_path / "closer-1.tar.gz")
    told = await models.register(services, archive, follow=True)
    assert told == "closer-1 is deployed (revision 1)"
    entry = await services.lifecycle.versions.get("closer-1")
    assert services.lifecycle.versions.archive_path(entry).read_bytes() == archive.read_bytes()
    assert "trained_at" in entry.metrics
    again = await models.register(services, archive, follow=True)
    assert "the present deployment stands" in again


async def test_a_model_built_again_from_the_same_sources_takes_the_place_of_the_one_that_is_gone(
    services: Services, tmp_path: Path
) -> None:
    folder = services.settings.models_dir
    folder.mkdir()
    archive = write_archive(folder / "closer-1.tar.gz", metadata(model_id="first"))
    await models.register(services, archive, follow=True)
    write_archive(archive, metadata(model_id="again"))
    assert "the present deployment stands" in await models.register(services, archive, follow=True)
    assert (await services.lifecycle.versions.get("closer-1")).model_id == "again"


async def test_training_only_registers(services: Services, tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "closer-2.tar.gz")
    assert await models.register(services, archive) == "closer-2 is registered (pending_gate)"
    assert await services.lifecycle.active() is None


async def test_the_table_tells_versions_deployment_and_who_serves(
    services: Services, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        path = write_archive(tmp_path / f"{name}.tar.gz", metadata(model_id=name))
        await models.register(services, path)
    assert "nothing is deployed" in await models.status(services)
    await services.lifecycle.deploy("one", actor="anna")
    await services.lifecycle.deploy("two", actor="anna", strategy="canary", percent=5, reason="try")
    await services.lifecycle.fleet.report("host:1", 2, {"one": "main"}, {"two": "not there"}, 500)
    table = await models.status(services)
    assert "revision 2: canary 5 % of two beside one, by anna, try" in table
    assert "host:1 at revision 2: one main; two: not there" in table


def test_a_mistake_is_told_in_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLOSER_DATA_DIR", str(tmp_path))
    assert models.main(["register", str(tmp_path / "none.tar.gz")]) == 1
    assert "none.tar.gz" in capsys.readouterr().err
