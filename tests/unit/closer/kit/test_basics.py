"""Clock, ids, money, pages, errors, settings, logs."""

from __future__ import annotations

import json
import logging
import stat
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from closer.kit.clock import FixedClock, as_utc
from closer.kit.errors import Conflict, InvalidInput, NotFound, TooManyRequests
from closer.kit.ids import MAX_KEY_CHARS, fitted_key, is_safe_id, new_id
from closer.kit.logging import configure_logging, correlated, correlation_id, get_logger, redact
from closer.kit.money import Money
from closer.kit.pagination import PageRequest, page_of
from closer.kit.settings import Settings, ensure_secrets, load_settings


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=timezone.utc))
    clock.advance(hours=2)
    assert clock.now() == datetime(2026, 1, 1, 2, tzinfo=timezone.utc)
    with pytest.raises(ValueError):
        FixedClock(datetime(2026, 1, 1))
    assert as_utc(datetime(2026, 1, 1)).tzinfo is timezone.utc


def test_ids_sort_by_time_and_are_safe() -> None:
    import time

    first = new_id("ord")
    time.sleep(0.002)
    assert first < new_id("ord")
    assert is_safe_id(first)
    assert not is_safe_id("../etc")
    assert not is_safe_id("")


def test_long_keys_fit_and_stay_apart() -> None:
    assert fitted_key("k" * MAX_KEY_CHARS) == "k" * MAX_KEY_CHARS
    long = [fitted_key("k" * length) for length in (161, 162, 400)]
    assert {len(key) for key in long} == {MAX_KEY_CHARS}
    assert len(set(long)) == 3


@pytest.mark.parametrize(
    ("told", "demo"),
    [
        ({}, True),
        ({"CLOSER_ENVIRONMENT": "production"}, False),
        ({"CLOSER_ENVIRONMENT": "production", "CLOSER_DEMO_SHOP": "true"}, True),
        ({"CLOSER_DEMO_SHOP": "false"}, False),
    ],
)
def test_production_has_no_demo_shop_unless_it_is_asked_for(
    told: dict[str, str], demo: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("CLOSER_ENVIRONMENT", "CLOSER_DEMO_SHOP"):
        monkeypatch.delenv(name, raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert Settings(data_dir=tmp_path).demo_shop is demo


def test_money_is_exact_and_does_not_mix_currencies() -> None:
    assert str(Money(Decimal("1234.5"))) == "$1,234.50"
    assert Money(Decimal("0.10")) + Money(Decimal("0.20")) == Money(Decimal("0.30"))
    assert (Money(Decimal("2.50")) * 3).as_json() == {"amount": "7.50", "currency": "USD"}
    with pytest.raises(ValueError):
        Money(Decimal(1)) + Money(Decimal(1), "EUR")


def test_pages_follow_each_other_without_gap() -> None:
    rows = [f"{n:02d}" for n in range(7)]
    seen: list[str] = []
    request = PageRequest(limit=3)
    while True:
        rest = [row for row in rows if request.after is None or row > request.after]
        page = page_of(rest[: request.limit + 1], request, key=lambda row: row)
        seen += page.items
        if page.next_cursor is None:
            break
        request = PageRequest(limit=3, cursor=page.next_cursor)
    assert seen == rows
    with pytest.raises(InvalidInput):
        PageRequest(limit=0)
    with pytest.raises(InvalidInput):
        _ = PageRequest(cursor="ÿ").after


def test_errors_are_problems() -> None:
    problem = TooManyRequests("slow down", retry_after=5).as_problem()
    assert problem["status"] == 429
    assert problem["retry_after"] == 5
    assert problem["type"].startswith("urn:")
    assert NotFound().as_problem()["detail"] == "Not found"
    assert Conflict("x", code="already").as_problem()["code"] == "already"


def test_secrets_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    path = ensure_secrets(tmp_path)
    before = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ensure_secrets(tmp_path).read_text() == before
    settings = load_settings(data_dir=tmp_path)
    assert settings.secret_key.get_secret_value() in before
    assert settings.database_url == f"sqlite:///{tmp_path / 'closer.sqlite3'}"
    assert "SecretStr" in repr(settings.secret_key)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("write to ann.lee@example.org now", "ann.lee"),
        ("call +1 415 555 0134", "0134"),
        ("token eyJhbGciOiJI.eyJzdWIi.c2ln", "eyJ"),
    ],
)
def test_personal_data_is_redacted(text: str, hidden: str) -> None:
    assert hidden not in redact(text)
    assert hidden not in json.dumps(redact({"note": [text], "email": text}))


def test_log_lines_carry_the_correlation_id_and_no_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = logging.getLogger().handlers[:]
    try:
        configure_logging("test")
        with correlated("abc-1") as current:
            assert correlation_id() == current == "abc-1"
            get_logger("t").info(
                "signed_in", email="ann@example.org", password="hunter2", order="12345"
            )
        line = json.loads(capsys.readouterr().err.strip().splitlines()[-1])
    finally:
        logging.getLogger().handlers[:] = before
    assert line["correlation_id"] == "abc-1"
    assert line["process"] == "test"
    assert line["order"] == "12345"
    assert "ann@" not in json.dumps(line)
    assert "hunter2" not in json.dumps(line)
    with correlated("not acceptable \n") as fresh:
        assert fresh != "not acceptable \n"
