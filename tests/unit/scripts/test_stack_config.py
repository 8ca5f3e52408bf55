"""The generated configuration: what supervisor really reads, and when it counts as up to date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from closer.kit.settings import Settings
from scripts.stack.config import is_current, plan_path, render_plan, write_config
from scripts.stack.instance import Instance
from scripts.stack.programs import SUPERVISOR, programs

MODEL = Path("models/closer-0123456789ab.tar.gz")


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Instance:
    """An installation in a folder whose name needs care."""
    for name in ("REDIS_URL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    made = Instance(settings=Settings(data_dir=tmp_path / "50% off", port=18000, redis_port=16390))
    made.make_dirs()
    return made


def parse(path: Path) -> ServerOptions:
    options = ServerOptions()
    options.realize(["-c", str(path)])
    return options


def test_supervisor_understands_the_configuration(instance: Instance) -> None:
    runs = programs(instance, MODEL)
    write_config(instance, runs)
    groups = {group.name: group for group in parse(instance.config_path).process_group_configs}
    together = [process.name for process in groups["product"].process_configs]
    assert sorted(together) == [
        "actions", "delivery", "gateway", "rasa", "scheduler", "simulator", "worker",
    ]  # fmt: skip
    redis = groups["redis"].process_configs[0]
    assert redis.stdout_logfile == str(instance.log_dir / "redis.log")
    assert redis.autorestart
    assert groups["redis"].priority < groups["product"].priority  # started first, stopped last


def test_the_simulator_is_for_installations_without_any_account(tmp_path: Path) -> None:
    real: list[dict[str, str]] = [
        {"twilio_account_sid": "AC1"},
        {"twilio_auth_token": "t"},
        {"sendgrid_api_key": "SG.x"},
        {"sendgrid_inbound_public_key": "k"},
        {"environment": "production"},
    ]
    for values in real:
        told = Instance(settings=Settings(data_dir=tmp_path, **values))
        assert "simulator" not in [program.name for program in programs(told, MODEL)]
        assert told.env["CLOSER_SIMULATOR_URL"] == ""
    bare = Instance(settings=Settings(data_dir=tmp_path, simulator_port=18020))
    [simulator] = [program for program in programs(bare, MODEL) if program.name == "simulator"]
    assert simulator.argv[simulator.argv.index("--host") + 1] == "127.0.0.1"
    assert bare.env["CLOSER_SIMULATOR_URL"] == "http://127.0.0.1:18020"


def test_files_are_for_their_owner_only(instance: Instance) -> None:
    write_config(instance, programs(instance, MODEL))
    assert instance.config_path.stat().st_mode & 0o077 == 0
    assert plan_path(instance).stat().st_mode & 0o077 == 0


def test_plan_names_each_command(instance: Instance) -> None:
    plan = json.loads(render_plan(instance, programs(instance, MODEL)))
    assert plan["rasa"]["argv"][:4] == [instance.python, "-m", "scripts.stack.rasa_server", "run"]
    assert str(MODEL) in plan["rasa"]["argv"]
    assert plan["actions"]["env"] == {"SANIC_HOST": "127.0.0.1"}
    assert plan["gateway"]["argv"][plan["gateway"]["argv"].index("--port") + 1] == "18000"
    assert plan[SUPERVISOR]["argv"][-1] == str(instance.config_path)


def test_secrets_are_in_no_file(instance: Instance) -> None:
    secret = "s3cret-value-of-the-signing-key"
    told = Instance(
        settings=instance.settings.copy(
            update={"secret_key": type(instance.settings.secret_key)(secret)}
        )
    )
    write_config(told, programs(told, MODEL))
    assert secret not in told.config_path.read_text() + plan_path(told).read_text()


def test_current_until_something_changes(instance: Instance) -> None:
    runs = programs(instance, MODEL)
    assert not is_current(instance, runs)
    write_config(instance, runs)
    assert is_current(instance, runs)
    assert not is_current(instance, programs(instance, Path("models/closer-ffffffffffff.tar.gz")))
    changed = Instance(settings=instance.settings.copy(update={"shop_name": "Elsewhere"}))
    assert not is_current(changed, programs(changed, MODEL))


def test_redis_of_ones_own_is_not_started(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, redis_url="redis://redis.example:6379/0")
    names = [program.name for program in programs(Instance(settings=settings), MODEL)]
    assert "redis" not in names


def test_deep_data_folder_gets_a_short_socket_path(tmp_path: Path) -> None:
    deep = Instance(
        settings=Settings(data_dir=tmp_path.joinpath(*["a-rather-long-folder-name"] * 5))
    )
    assert len(str(deep.socket_path)) <= 100
    assert (
        deep.socket_path
        != Instance(settings=Settings(data_dir=tmp_path.joinpath(*["b" * 25] * 5))).socket_path
    )


def test_environment_spells_out_every_address(instance: Instance) -> None:
    env = instance.env
    assert env["REDIS_URL"] == "redis://127.0.0.1:16390/0"
    assert env["CLOSER_PUBLIC_URL"] == "http://127.0.0.1:18000"
    assert env["RASA_TELEMETRY_ENABLED"] == "false"
