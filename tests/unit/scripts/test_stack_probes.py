"""The questions to running processes, against servers that answer well, badly and not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from api.v1 import health
from closer.worker import delivery
from closer.worker.jobs import HEARTBEAT_KEY
from closer.worker.scheduler import LOCK_KEY
from scripts.stack import probes, programs


class Answers(BaseHTTPRequestHandler):
    """`/200` answers 200, `/503` answers 503."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.strip("/")))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answers) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.mark.parametrize(
    ("path", "well"), [("/200", True), ("/204", True), ("/404", False), ("/503", False)]
)
def test_only_2xx_is_well(server: str, path: str, well: bool) -> None:
    assert probes.http_ok(server + path) is well


def test_nobody_there_is_not_well() -> None:
    assert not probes.http_ok("http://127.0.0.1:1/")
    assert not probes.redis_answers("redis://127.0.0.1:1/0")
    assert not probes.key_exists("redis://127.0.0.1:1/0", "x")
    assert not probes.beats_since("redis://127.0.0.1:1/0", "x", 0)


def test_key_names_are_those_of_the_worker() -> None:
    assert (programs.HEARTBEAT_KEY, programs.SCHEDULER_LOCK_KEY) == (HEARTBEAT_KEY, LOCK_KEY)
    assert (health.HEARTBEAT, health.SCHEDULER_LOCK) == (HEARTBEAT_KEY, LOCK_KEY)
    assert programs.DELIVERY_HEARTBEAT_KEY == delivery.HEARTBEAT_KEY == health.DELIVERY_HEARTBEAT


class FakeRedis:
    """Holds one value."""

    def __init__(self, value: bytes | None) -> None:
        self.value = value

    def __enter__(self) -> FakeRedis:
        return self

    def __exit__(self, *_: object) -> None:
        """Close nothing."""

    def get(self, key: str) -> bytes | None:
        return self.value


@pytest.mark.parametrize(
    ("value", "fresh"),
    [
        (b"2026-01-31T12:00:01+00:00", True),
        (b"2026-01-31T11:59:59+00:00", False),  # the predecessor's last beat
        (b"nonsense", False),
        (None, False),
    ],
)
def test_heartbeat_counts_only_after_the_start(
    monkeypatch: pytest.MonkeyPatch, value: bytes | None, fresh: bool
) -> None:
    monkeypatch.setattr(probes, "_client", lambda url: FakeRedis(value))
    started = 1769860800.0  # 2026-01-31T12:00:00Z
    assert probes.beats_since("redis://x", "key", started) is fresh
