"""The files that people start from agree with the code: .env.example, Makefile, token."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from closer.kit.settings import Settings, load_settings
from closer.security.tokens import verify_token
from scripts import token
from scripts.stack.instance import ROOT


def env_names() -> set[str]:
    names: set[str] = set()
    for field in Settings.__fields__.values():
        names |= {name.upper() for name in field.field_info.extra["env_names"]}
    return names


def test_env_example_explains_every_setting_and_no_other() -> None:
    text = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^#([A-Z_]+)=", text, re.MULTILINE)) == env_names()


def test_env_example_shows_true_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in env_names():
        monkeypatch.delenv(name, raising=False)
    text = (ROOT / ".env.example").read_text()
    shown = dict(re.findall(r"^#([A-Z_]+)=(\S+)$", text, re.MULTILINE))
    fields = Settings.__fields__.values()
    plain = [
        field for field in fields if isinstance(field.default, int | float) or field.name == "host"
    ]
    for field in plain:
        (name,) = field.field_info.extra["env_names"]
        assert shown[name.upper()].lower() == str(field.default).lower(), name


def test_help_lists_every_target() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    ).stdout
    text = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    assert targets is not None
    assert sorted(re.findall(r"^  make (\S+)", listed, re.MULTILINE)) == sorted(targets[1].split())
    assert len(listed.splitlines()) == len(targets[1].split())


def test_token_is_all_that_is_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLOSER_DATA_DIR", str(tmp_path))
    assert token.main(["--role", "customer", "--customer", "user123"]) == 0
    printed = capsys.readouterr()
    claims = verify_token(load_settings(), printed.out.strip())
    assert (claims.role.value, claims.customer_id, printed.err) == ("customer", "user123", "")


def test_customer_token_needs_a_customer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLOSER_DATA_DIR", str(tmp_path))
    assert token.main(["--role", "customer"]) == 2
    assert "CUSTOMER=" in capsys.readouterr().err
