"""Settings: environment first, then `.env`, then the secrets made on the first run."""

from __future__ import annotations

import base64
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseSettings, Field, SecretStr, root_validator

ROOT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Everything that may differ between two installations.

    Environment names carry the prefix `CLOSER_` except the customary ones (`PORT`, `DATABASE_URL`,
    `REDIS_URL`, `RASA_PORT`, `ACTIONS_PORT`, `REDIS_PORT`).
    """

    environment: str = "development"
    data_dir: Path = ROOT / "var"
    models_dir: Path = ROOT / "models"
    model_poll_s: float = 1.0
    model_hold_s: float = 600.0
    demo_shop: bool = True  # in production false, unless it is set
    log_level: str = "INFO"
    log_format: str = "json"

    host: str = "127.0.0.1"
    port: int = Field(8000, env="PORT")
    rasa_port: int = Field(5005, env="RASA_PORT")
    actions_port: int = Field(5055, env="ACTIONS_PORT")
    redis_port: int = Field(6390, env="REDIS_PORT")
    simulator_port: int = Field(8020, env="SIMULATOR_PORT")
    simulator_url: str = ""
    rasa_url: str = ""
    actions_url: str = ""
    public_url: str = ""
    database_url: str = Field("", env="DATABASE_URL")
    redis_url: str = Field("", env="REDIS_URL")
    cors_origins: list[str] = []

    secret_key: SecretStr = SecretStr("")
    encryption_keys: SecretStr = SecretStr("")
    service_token_ttl_s: int = 3600
    access_token_ttl_s: int = 1800
    refresh_token_ttl_s: int = 14 * 86400

    max_body_bytes: int = 1_048_576
    max_message_chars: int = 10_000
    action_deadline_s: float = 3.0
    turn_deadline_s: float = 10.0
    event_broker: Literal["redis", "kafka", "rabbitmq"] = "redis"
    event_broker_url: SecretStr = SecretStr("")
    event_broker_topic: str = "closer_events"
    event_stream_length: int = Field(100_000, gt=0)
    delivery_at_once: int = Field(400, gt=0)
    delivery_per_provider: int = Field(400, gt=0)
    currency: str = "USD"
    default_region: str = "US"
    shop_name: str = "Northlight"

    twilio_account_sid: str = Field("", env="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr = Field(SecretStr(""), env="TWILIO_AUTH_TOKEN")
    twilio_from_number: str = Field("", env="TWILIO_FROM_NUMBER")
    twilio_whatsapp_number: str = Field("", env="TWILIO_WHATSAPP_NUMBER")
    twilio_messaging_service_sid: str = Field("", env="TWILIO_MESSAGING_SERVICE_SID")
    twilio_api_url: str = Field("", env="TWILIO_API_URL")
    sms_carrier_opt_out: bool = True
    voice_name: str = "Polly.Joanna"
    voice_language: str = "en-US"
    voice_agent_number: str = ""
    alexa_skill_id: str = Field("", env="ALEXA_SKILL_ID")
    alexa_roots: str = ""
    alexa_client_id: str = Field("", env="ALEXA_CLIENT_ID")
    alexa_client_secret: SecretStr = Field(SecretStr(""), env="ALEXA_CLIENT_SECRET")
    alexa_redirect_uris: list[str] = Field([], env="ALEXA_REDIRECT_URIS")
    sendgrid_api_key: SecretStr = Field(SecretStr(""), env="SENDGRID_API_KEY")
    sendgrid_api_url: str = Field("", env="SENDGRID_API_URL")
    sendgrid_inbound_public_key: str = Field("", env="SENDGRID_INBOUND_PUBLIC_KEY")
    sendgrid_events_public_key: str = Field("", env="SENDGRID_EVENTS_PUBLIC_KEY")
    sendgrid_signature_header: str = "X-Twilio-Email-Event-Webhook-Signature"
    sendgrid_timestamp_header: str = "X-Twilio-Email-Event-Webhook-Timestamp"
    mail_from: str = "help@northlight.example"

    class Config:
        """Where pydantic looks."""

        env_prefix = "CLOSER_"
        env_file = str(ROOT / ".env")
        env_file_encoding = "utf-8"

    @root_validator(pre=True)
    def _no_demo_in_production(cls, values: dict[str, object]) -> dict[str, object]:  # noqa: N805
        if values.get("environment") == "production":
            values.setdefault("demo_shop", False)  # its passwords are public
        return values

    @root_validator(pre=False, skip_on_failure=True)
    def _derive(cls, values: dict[str, object]) -> dict[str, object]:  # noqa: N805
        data_dir = Path(str(values["data_dir"])).expanduser().resolve()
        values["data_dir"] = data_dir
        values["models_dir"] = Path(str(values["models_dir"])).expanduser().resolve()
        database = data_dir / "closer.sqlite3"
        values["database_url"] = values["database_url"] or f"sqlite:///{database}"
        values["redis_url"] = values["redis_url"] or f"redis://127.0.0.1:{values['redis_port']}/0"
        values["rasa_url"] = values["rasa_url"] or f"http://127.0.0.1:{values['rasa_port']}"
        values["actions_url"] = (
            values["actions_url"] or f"http://127.0.0.1:{values['actions_port']}"
        )
        values["public_url"] = values["public_url"] or f"http://{values['host']}:{values['port']}"
        return values


def ensure_secrets(data_dir: Path) -> Path:
    """Create `<data_dir>/secrets.env` (mode 600) with fresh keys unless it is there.

    Returns:
        The file's path. It holds the signing key and the first field-encryption key.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / "secrets.env"
    if path.exists():
        return path
    key = base64.urlsafe_b64encode(os.urandom(32)).decode()
    text = f"CLOSER_SECRET_KEY={secrets.token_urlsafe(48)}\nCLOSER_ENCRYPTION_KEYS=k1:{key}\n"
    scratch = path.with_suffix(f".{os.getpid()}")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    try:
        os.link(scratch, path)  # atomic: of two first starts, one wins
    except FileExistsError:
        pass
    finally:
        scratch.unlink()
    return path


def _read_secrets(path: Path) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in path.read_text("utf-8").splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def load_settings(**overrides: Any) -> Settings:
    """Read the settings afresh; secrets that nobody set come from the data folder."""
    settings = Settings(**overrides)
    if settings.secret_key.get_secret_value() and settings.encryption_keys.get_secret_value():
        return settings
    found = _read_secrets(ensure_secrets(settings.data_dir))
    if not settings.secret_key.get_secret_value():
        settings.secret_key = SecretStr(found["CLOSER_SECRET_KEY"])
    if not settings.encryption_keys.get_secret_value():
        settings.encryption_keys = SecretStr(found["CLOSER_ENCRYPTION_KEYS"])
    return settings


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return this process's settings, read once."""
    return load_settings()
