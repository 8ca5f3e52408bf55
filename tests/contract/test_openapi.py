"""The API does what its OpenAPI document says, tried by schemathesis as an outsider would run it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.contract.conftest import Live


def _schemathesis(live: Live, token: str, folder: Path, *choice: str) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{live.url}/openapi.json"]
    options = [
        "--max-examples",
        "10",
        "--seed",
        "20260310",
        "--no-color",
        "--request-timeout",
        "10",
        *choice,
    ]
    done = subprocess.run(
        [*command, "-H", f"Authorization: Bearer {token}", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "generated" in done.stdout


def test_operations_of_services(live: Live, tmp_path: Path) -> None:
    chosen = (
        "--exclude-path-regex",
        "/chat/|/auth/logout",
        "--phases",
        "examples,coverage,fuzzing",
    )
    _schemathesis(live, live.token("service"), tmp_path, *chosen)


def test_operations_of_customers(live: Live, tmp_path: Path) -> None:
    chosen = (
        "--include-path-regex",
        "/chat/|/orders/|/order-history",
        "--phases",
        "examples,coverage,fuzzing",
    )
    _schemathesis(live, live.token("customer", "user123"), tmp_path, *chosen)


@pytest.fixture
def document(live: Live) -> dict[str, object]:
    found: dict[str, object] = requests.get(f"{live.url}/openapi.json", timeout=10).json()
    return found


def test_document_describes_every_operation(document: dict[str, object]) -> None:
    paths = document["paths"]
    assert isinstance(paths, dict)
    assert len(paths) >= 15
    for path, operations in paths.items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            assert operation["tags"], (method, path)
            problem = operation["responses"]["422"]["content"]["application/problem+json"]
            assert problem["schema"]["$ref"].endswith("/Problem")


def test_bodies_have_examples(document: dict[str, object]) -> None:
    schemas = document["components"]["schemas"]  # type: ignore[index]
    bodies = {name: schema for name, schema in schemas.items() if name.endswith("Body")}
    assert len(bodies) >= 6
    assert [name for name, schema in bodies.items() if not schema.get("examples")] == []
