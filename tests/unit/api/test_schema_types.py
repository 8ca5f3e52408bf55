"""Value types and the schema base: what they check is what they declare."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.v1.schemas import types
from api.v1.schemas.base import Body, MoneySchema, Problem, Schema
from closer.kit.ids import is_safe_id, new_id
from closer.kit.money import Money

TYPES = [types.PatternStr, types.Line, types.MessageText, types.Id, types.Secret, types.Price]


class Thing(Body):
    """A body with everything."""

    text: types.MessageText
    key: types.Id | None = None
    at: types.UtcMoment | None = None
    price: MoneySchema | None = None
    free: types.JsonObject = types.JsonObject()


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
@given(value=st.text(max_size=250))
def test_type_accepts_exactly_what_it_declares(kind: type[types.PatternStr], value: str) -> None:
    declared: dict[str, Any] = {}
    kind.__modify_schema__(declared)
    fits = re.search(declared["pattern"].replace("$", r"\Z"), value) is not None
    fits = fits and declared["minLength"] <= len(value) <= declared.get("maxLength", 10**9)
    try:
        kind.validate(value)
        accepted = True
    except (ValueError, TypeError):
        accepted = False
    assert accepted == (fits and not re.search("[\ud800-\udfff]", value))


@given(st.from_regex(types.Id.pattern, fullmatch=True))
def test_ids_are_those_of_the_kit(value: str) -> None:
    assert is_safe_id(types.Id.validate(value))


def test_our_own_ids_fit() -> None:
    assert types.Id.validate(new_id("tkt"))


@pytest.mark.parametrize("value", [None, 5, 1.5, True, [], {}, b"x"])
@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_only_text_is_text(kind: type[types.PatternStr], value: Any) -> None:
    with pytest.raises(TypeError):
        kind.validate(value)


@pytest.mark.parametrize("bad", ["", " ", "\n\t", "a\x00", "a\x1b[0m", "\x7f", "a\ud800", "\u2003"])
def test_blank_and_broken_messages_are_refused(bad: str) -> None:
    with pytest.raises(ValueError):
        types.MessageText.validate(bad)


@pytest.mark.parametrize(
    "good", ["hi", "line\nline\ttab\r\n", "Ω", "注文", "<b>", "/greet", "' OR 1=1 --", "👩‍🚀"]
)
def test_any_script_and_any_syntax_is_plain_text(good: str) -> None:
    assert types.MessageText.validate(good) == good


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=timezone.utc)),
        ("2026-01-31T12:00:00+02:00", datetime(2026, 1, 31, 10, tzinfo=timezone.utc)),
        (
            "2026-01-31t12:00:00.123456789z",
            datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=timezone.utc),
        ),
        ("2023-09-21T12:00:00-0930", datetime(2023, 9, 21, 21, 30, tzinfo=timezone.utc)),
    ],
)
def test_moments_become_utc(text: str, moment: datetime) -> None:
    got = types.UtcMoment.validate(text)
    assert got == moment
    assert got.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "bad",
    [
        5,
        "5",
        1700000000.0,
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-13-01T00:00:00Z",
        "now",
        None,
        "٢٠٢٦",
    ],
)
def test_other_moments_are_refused(bad: Any) -> None:
    with pytest.raises(ValueError):
        types.UtcMoment.validate(bad)


@given(
    st.datetimes(
        min_value=datetime(1, 1, 3),
        max_value=datetime(9999, 12, 29),
        timezones=st.just(timezone.utc),
    )
)
def test_moments_come_back(moment: datetime) -> None:
    assert types.UtcMoment.validate(types.utc_text(moment)) == moment


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=8), _JSON, max_size=5))
def test_free_json_can_always_be_stored(value: dict[str, Any]) -> None:
    cleaned = types.JsonObject.validate(value)
    text = json.dumps(cleaned, allow_nan=False, ensure_ascii=False)
    text.encode()
    assert "\\u0000" not in text
    assert types.JsonObject.validate(cleaned) == cleaned


def test_free_json_is_bounded() -> None:
    deep: dict[str, Any] = {}
    for _ in range(14):
        deep = {"x": deep}
    for value in (deep, {"x": list(range(3000))}, [1], "x", None):
        with pytest.raises((ValueError, TypeError)):
            types.JsonObject.validate(value)


def test_null_is_declared_where_it_is_accepted() -> None:
    schema = Thing.schema(ref_template="#/{model}")
    assert schema["properties"]["key"]["anyOf"][1] == {"type": "null"}
    assert schema["properties"]["price"]["anyOf"] == [{"$ref": "#/MoneySchema"}, {"type": "null"}]
    assert "anyOf" not in schema["properties"]["text"]
    assert schema["required"] == ["text"]
    assert Thing.parse_obj({"text": "x", "key": None, "at": None, "price": None}).key is None
    with pytest.raises(ValidationError):
        Thing.parse_obj({"text": None})


def test_unknown_fields_of_requests_are_refused_and_declared() -> None:
    assert Thing.schema()["additionalProperties"] is False
    with pytest.raises(ValidationError):
        Thing.parse_obj({"text": "x", "txet": "y"})


def test_money_is_text_with_its_currency() -> None:
    assert json.loads(MoneySchema.of(Money(Decimal("1234.5"))).json()) == {
        "amount": "1234.50",
        "currency": "USD",
    }
    for bad in (
        {"amount": 12.5, "currency": "USD"},
        {"amount": "1e3", "currency": "USD"},
        {"amount": "1.00"},
    ):
        with pytest.raises(ValidationError):
            MoneySchema.parse_obj(bad)


def test_decimals_and_moments_are_written_exactly() -> None:
    class Answer(Schema):
        """An answer."""

        rate: Decimal
        at: datetime

    answer = Answer(
        rate=Decimal("0.10000000"), at=datetime(2026, 1, 31, tzinfo=timezone(timedelta(hours=2)))
    )
    assert json.loads(answer.json()) == {"rate": "0.10000000", "at": "2026-01-30T22:00:00Z"}


def test_examples_fit_their_own_schema() -> None:
    from api.v1.schemas import auth, channels, chat, customers  # noqa: F401 - so that all are known

    checked = 0
    for model in _all(Schema):
        if model.example is not None and issubclass(model, Body):
            model.parse_obj(model.example)
            checked += 1
    assert checked >= 6
    Problem.parse_obj(Problem.example)


def _all(base: type[Schema]) -> list[type[Schema]]:
    return [model for child in base.__subclasses__() for model in (child, *_all(child))]
