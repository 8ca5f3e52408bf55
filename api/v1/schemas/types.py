"""Value types of the API that check exactly what they declare in the OpenAPI document."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from closer.kit.clock import as_utc
from closer.kit.text import CONTROL, ID, SURROGATE

Validator = Callable[..., Any]

_NO_CONTROL = rf"[^{CONTROL}]"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MAX_DEPTH, _MAX_NODES = 12, 2_000


class PatternStr(str):
    """Text of a declared pattern; a number or null is not text."""

    pattern: ClassVar[str] = rf"{_NO_CONTROL}*"
    min_length: ClassVar[int] = 0
    max_length: ClassVar[int | None] = 200
    what: ClassVar[str] = "must be text without control characters"

    @classmethod
    def __get_validators__(cls) -> Iterator[Validator]:
        yield cls.validate

    @classmethod
    def validate(cls, value: Any) -> str:
        """Return the text if it fits."""
        if not isinstance(value, str):
            raise TypeError("must be text")
        if len(value) < cls.min_length or (
            cls.max_length is not None and len(value) > cls.max_length
        ):
            raise ValueError(f"must have {cls.min_length} to {cls.max_length} characters")
        if SURROGATE.search(value) or re.fullmatch(cls.pattern, value) is None:
            raise ValueError(cls.what)
        return value

    @classmethod
    def __modify_schema__(cls, schema: dict[str, Any]) -> None:
        schema.update(type="string", pattern=f"^{cls.pattern}$", minLength=cls.min_length)
        if cls.max_length is not None:
            schema["maxLength"] = cls.max_length


class Line(PatternStr):
    """A short text, not blank."""

    pattern = rf"{_NO_CONTROL}*[^\s{CONTROL}]{_NO_CONTROL}*"
    min_length = 1
    what = "must not be blank or hold control characters"


class MessageText(Line):
    """What a person writes; how long it may be is a setting, checked where it is accepted."""

    max_length = None
    marker: ClassVar[str] = "x-max-message-chars"

    @classmethod
    def __modify_schema__(cls, schema: dict[str, Any]) -> None:
        super().__modify_schema__(schema)
        schema[cls.marker] = True  # api.openapi puts the limit of the settings here


class Id(PatternStr):
    """An identifier: 1 to 128 plain characters."""

    pattern = ID
    min_length, max_length = 1, 128
    what = "must be an identifier of plain characters"


class Secret(PatternStr):
    """A password or token; never echoed."""

    pattern = rf"{_NO_CONTROL}+"
    min_length, max_length = 1, 4096
    what = "must not be empty or hold control characters"


class Cursor(PatternStr):
    """Where the page before ended; `api.paging` checks that it is one of ours."""

    pattern = r"[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]+"
    min_length, max_length = 3, 600
    what = "is no cursor"


class Price(PatternStr):
    """An amount in a query."""

    pattern = r"[0-9]{1,9}(\.[0-9]{1,2})?"
    min_length, max_length = 1, 12
    what = "must be an amount like 12.50"


class UtcMoment(datetime):
    """A moment: RFC 3339 with its offset on the way in, UTC on the way out."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Validator]:
        yield cls.validate

    @classmethod
    def validate(cls, value: Any) -> datetime:
        """Return the moment in UTC."""
        if isinstance(value, datetime):
            return as_utc(value)
        if not isinstance(value, str) or not _MOMENT.fullmatch(value):
            raise ValueError("must be a moment like 2026-01-31T12:00:00Z")
        text = re.sub(r"(\.\d{6})\d+", r"\1", value.upper())
        try:
            return as_utc(_parse(text))
        except (ValueError, OverflowError) as error:
            raise ValueError("must be a moment like 2026-01-31T12:00:00Z") from error

    @classmethod
    def __modify_schema__(cls, schema: dict[str, Any]) -> None:
        schema.update(type="string", format="date-time")


class Day(date):
    """A day like 2026-01-31."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Validator]:
        yield cls.validate

    @classmethod
    def validate(cls, value: Any) -> date:
        """Return the day."""
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValueError("must be a day like 2026-01-31")
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValueError("must be a day like 2026-01-31") from error

    @classmethod
    def __modify_schema__(cls, schema: dict[str, Any]) -> None:
        schema.update(type="string", format="date")


def _parse(text: str) -> datetime:
    from dateutil import parser  # noqa: PLC0415 - only needed when somebody sends a moment

    moment: datetime = parser.isoparse(text.replace(" ", "T"))
    return moment


class JsonObject(dict[str, Any]):
    """Free-form JSON; halves of surrogate pairs and NULs are taken out, NaN and infinity become null."""

    @classmethod
    def __get_validators__(cls) -> Iterator[Validator]:
        yield cls.validate

    @classmethod
    def validate(cls, value: Any) -> dict[str, Any]:
        """Return the cleaned object."""
        if not isinstance(value, dict):
            raise TypeError("must be an object")
        nodes = [0]
        cleaned: dict[str, Any] = _clean(value, nodes, 0)
        return cleaned

    @classmethod
    def __modify_schema__(cls, schema: dict[str, Any]) -> None:
        schema.update(type="object", additionalProperties=True)


def _clean(value: Any, nodes: list[int], depth: int) -> Any:
    nodes[0] += 1
    if depth > _MAX_DEPTH or nodes[0] > _MAX_NODES:
        raise ValueError(f"must have at most {_MAX_DEPTH} levels and {_MAX_NODES} values")
    if isinstance(value, str):
        return SURROGATE.sub("\ufffd", value).replace("\x00", "")
    if isinstance(value, dict):
        return {
            _clean(key, nodes, depth): _clean(item, nodes, depth + 1) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_clean(item, nodes, depth + 1) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def utc_text(moment: datetime) -> str:
    """Return the moment as RFC 3339 text in UTC."""
    return as_utc(moment).isoformat().replace("+00:00", "Z")


def decimal_text(value: Decimal) -> str:
    """Return a decimal without exponent."""
    return f"{value:f}"
