"""Column types that behave alike on SQLite and PostgreSQL: moments, money, encrypted text and JSON."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, DateTime, Text
from sqlalchemy.types import TypeDecorator

from closer.kit import quick_json
from closer.kit.clock import as_utc
from closer.kit.crypto import FieldCipher
from closer.kit.settings import get_settings


@lru_cache(maxsize=1)
def process_cipher() -> FieldCipher:
    """Return the field cipher of this process, built from the settings."""
    return FieldCipher(get_settings().encryption_keys.get_secret_value())


class UtcDateTime(TypeDecorator):  # type: ignore[type-arg]
    """A moment, stored in UTC and read as an aware datetime."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Convert to UTC; SQLite keeps no zone."""
        if value is None:
            return None
        value = as_utc(value)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Mark as UTC."""
        return None if value is None else as_utc(value)


class Cents(TypeDecorator):  # type: ignore[type-arg]
    """A Decimal amount of money with two decimals, stored as a whole number of cents."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Any) -> int | None:
        """Convert to cents."""
        return None if value is None else int((Decimal(value) * 100).to_integral_value())

    def process_result_value(self, value: int | None, dialect: Any) -> Decimal | None:
        """Convert from cents."""
        return None if value is None else Decimal(value) / 100


class EncryptedText(TypeDecorator):  # type: ignore[type-arg]
    """Personal text, encrypted at rest; `purpose` binds the value to its column (say `customers.email`)."""

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:
        """Encrypt."""
        return None if value is None else process_cipher().encrypt(value, self.purpose)

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        """Decrypt."""
        return None if value is None else process_cipher().decrypt(value, self.purpose)


class EncryptedJson(EncryptedText):
    """Personal data of any JSON shape, encrypted at rest."""

    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """Serialise and encrypt."""
        return (
            None if value is None else super().process_bind_param(quick_json.dumps(value), dialect)
        )

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        """Decrypt and parse."""
        text = super().process_result_value(value, dialect)
        return None if text is None else quick_json.loads(text)
