"""Building the app does nothing else, and its parts are declared once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from api.app import create_app
from api.middleware.headers import page_policy

ROOT = Path(__file__).resolve().parents[3]


def test_import_makes_no_files_connections_or_settings(tmp_path: Path) -> None:
    code = (
        "import sys, socket\n"
        "def no(*_): raise AssertionError('a connection at import')\n"
        "socket.socket.connect = no\n"
        "import api.app, closer.kit.settings, closer.services\n"
        "assert closer.kit.settings.get_settings.cache_info().currsize == 0\n"
        "assert closer.services.process_services.cache_info().currsize == 0\n"
        "assert not any(name.split('.')[0] in ('rasa', 'rasa_sdk', 'tensorflow', 'sanic') for name in sys.modules)\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "CLOSER_DATA_DIR": str(tmp_path / "data"), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "data").exists()


def test_apps_are_independent() -> None:
    assert create_app() is not create_app()


def test_operations_have_distinct_names() -> None:
    routes = [
        (method, route.path)
        for route in create_app().routes
        for method in getattr(route, "methods", None) or ()
    ]
    assert len(routes) == len(set(routes))


def test_page_policy_names_embedders_and_sockets() -> None:
    policy = page_policy("https://care.example/base", ("https://shop.example",))
    assert "connect-src 'self' ws://care.example wss://care.example" in policy
    assert "frame-ancestors 'self' https://shop.example" in policy
    assert "unsafe" not in policy
    assert "'unsafe-inline'" in page_policy("https://care.example", (), inline_styles=True)
