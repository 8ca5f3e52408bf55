"""One installation on this machine: its settings, folders and environment."""

from __future__ import annotations

import fcntl
import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from closer.kit.settings import Settings, load_settings
from closer.providers.sandbox_account import OUR_COLLEAGUE, may_simulate

ROOT = Path(__file__).resolve().parents[2]
_SOCKET_PATH_LIMIT = 100  # macOS allows 104 bytes, Linux 108
QUIET_ENV = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True)
class Instance:
    """An installation: two of them differ in their ports and in their data folder."""

    settings: Settings
    root: Path = ROOT
    python: str = sys.executable

    @property
    def run_dir(self) -> Path:
        """Folder of the pid files, the lock and the supervisor's configuration."""
        return self.settings.data_dir / "run"

    @property
    def log_dir(self) -> Path:
        """Folder with one log for each process."""
        return self.settings.data_dir / "logs"

    @property
    def redis_dir(self) -> Path:
        """Folder of the embedded Redis."""
        return self.settings.data_dir / "redis"

    @property
    def config_path(self) -> Path:
        """The supervisor's generated configuration."""
        return self.run_dir / "supervisord.conf"

    @property
    def socket_path(self) -> Path:
        """The supervisor's control socket; a socket's path must be short, so a deep folder gets another."""
        path = self.run_dir / "supervisor.sock"
        if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
            return path
        digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"closer-{os.getuid()}-{digest}.sock"

    @property
    def embeds_redis(self) -> bool:
        """Whether this installation runs its own Redis: it does unless `REDIS_URL` names another."""
        return self.settings.redis_url == f"redis://127.0.0.1:{self.settings.redis_port}/0"

    @property
    def simulates(self) -> bool:
        """Whether this installation plays its vendors: it does while it has no account with any."""
        return may_simulate(self.settings)

    @property
    def simulator_url(self) -> str:
        """Where the simulator listens; empty without one."""
        return f"http://127.0.0.1:{self.settings.simulator_port}" if self.simulates else ""

    @property
    def env(self) -> dict[str, str]:
        """Environment of all processes: every derived address spelled out, so that YAML files can use it."""
        settings = self.settings
        return {
            **os.environ,
            **QUIET_ENV,
            "CLOSER_DATA_DIR": str(settings.data_dir),
            "PORT": str(settings.port),
            "RASA_PORT": str(settings.rasa_port),
            "ACTIONS_PORT": str(settings.actions_port),
            "REDIS_PORT": str(settings.redis_port),
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "CLOSER_RASA_URL": settings.rasa_url,
            "CLOSER_ACTIONS_URL": settings.actions_url,
            "CLOSER_PUBLIC_URL": settings.public_url,
            "SIMULATOR_PORT": str(settings.simulator_port),
            "CLOSER_SIMULATOR_URL": self.simulator_url,
            "CLOSER_VOICE_AGENT_NUMBER": settings.voice_agent_number
            or (OUR_COLLEAGUE if self.simulates else ""),
        }

    @property
    def settings_digest(self) -> str:
        """Changes when any setting does, secrets included; tells whether running processes are up to date."""
        plain = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            for name, value in self.settings.dict().items()
        }
        return hashlib.sha256(repr(sorted(plain.items())).encode()).hexdigest()

    def make_dirs(self) -> None:
        """Create the folders that the processes write to."""
        for folder in (self.run_dir, self.log_dir, self.redis_dir):
            folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold this installation's lock: of two `up` or `down` at once, the second waits."""
        self.make_dirs()
        with (self.run_dir / "lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def load_instance() -> Instance:
    """Return the installation that the environment and `.env` describe; makes its secrets on first use."""
    instance = Instance(settings=load_settings())
    instance.make_dirs()
    return instance
