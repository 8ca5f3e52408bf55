"""The base of all schemas; settles null, numbers, moments and unknown fields once for the whole API.

- A field that may be null says so in the OpenAPI document.
- Money is a string of a decimal with its currency, moments are UTC.
- Unknown fields of a request are refused, so that a typing error is noticed.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import BaseModel, Extra
from pydantic.errors import DictError
from typing_extensions import Self

from api.v1.schemas.types import PatternStr, decimal_text, utc_text
from closer.kit.money import Money


def _declare(schema: dict[str, Any], model: type[BaseModel]) -> None:
    for field in model.__fields__.values():
        properties = schema.get("properties", {})
        name = field.alias if field.alias in properties else field.name
        if field.allow_none and name in properties and field.outer_type_ is not Any:
            properties[name] = _nullable(properties[name])
    example = getattr(model, "example", None)
    if example is not None:
        schema["examples"] = [example]


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = {
        key: schema.pop(key) for key in ("title", "description", "default") if key in schema
    }
    inner = schema["allOf"][0] if list(schema) == ["allOf"] else schema
    return {**about, "anyOf": [inner, {"type": "null"}]}


class Schema(BaseModel):
    """What the API answers; reads the attributes of the domain's records."""

    example: ClassVar[dict[str, Any] | None] = None

    class Config:
        """How pydantic treats it."""

        orm_mode = True
        allow_population_by_field_name = True
        json_encoders = {Decimal: decimal_text, datetime: utc_text}
        schema_extra = staticmethod(_declare)


class Body(Schema):
    """What the API takes: objects only, unknown fields are refused."""

    class Config:
        """How pydantic treats it."""

        extra = Extra.forbid
        orm_mode = False

    @classmethod
    def validate(cls: type[Self], value: Any) -> Self:
        """Return the body; unlike pydantic, a list of pairs is no object."""
        if not isinstance(value, dict | cls):
            raise DictError
        return super().validate(value)


class _Amount(PatternStr):
    pattern = r"-?[0-9]{1,12}\.[0-9]{2}"
    max_length = 16
    what = "must be an amount like 12.50"


class _Currency(PatternStr):
    pattern = r"[A-Z]{3}"
    max_length = 3
    what = "must be a currency code like USD"


class MoneySchema(Schema):
    """An amount of money: `{"amount": "12.50", "currency": "USD"}`."""

    amount: _Amount
    currency: _Currency
    example = {"amount": "12.50", "currency": "USD"}

    @classmethod
    def of(cls, money: Money) -> MoneySchema:
        """Return the schema of an amount."""
        return cls.parse_obj(money.as_json())


class PageSchema(Schema):
    """The tail of every page: where the next begins, null at the end."""

    next_cursor: str | None = None


class ProblemField(Schema):
    """A field that was refused, and why."""

    field: str
    message: str


class Problem(Schema):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    correlation_id: str
    errors: list[ProblemField] | None = None
    retry_after: int | None = None
    example = {
        "type": "urn:closer:problem:not_found",
        "title": "Not found",
        "status": 404,
        "detail": "there is no such order",
        "code": "not_found",
        "correlation_id": "01J9ZK3V5T8Q2M4N6P7R8S9TAB",
    }
