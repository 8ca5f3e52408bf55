"""What every request passes, seen from outside."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import structlog

import api.middleware.flood as flood
from closer.security.ratelimit import Limit
from tests.fakes.gateway import MARA, Door

PROBLEM = {"type", "title", "status", "detail", "code", "correlation_id"}


async def _get(door: Door, path: str, method: str = "GET", **more: Any) -> tuple[int, Any, Any]:
    async with door.http.request(method, door.url + path, **more) as answer:
        return answer.status, answer.headers, await answer.read()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/static/nothing.js", 404),
        ("GET", "/static/../closer/kit/settings.py", 404),
        ("GET", "/static/%2e%2e/pyproject.toml", 404),
        ("GET", "/media/products/none.svg", 404),
        ("DELETE", "/api/v1/auth/login", 405),
        ("POST", "/health/live", 405),
        ("POST", "/api/v1/auth/login", 422),
        ("GET", "/api/v1/chat/history", 401),
        ("OPTIONS", "/api/v1/auth/login", 405),
        ("TRACE", "/api/v1/auth/login", 405),
    ],
)
async def test_errors_are_problems(door: Door, method: str, path: str, status: int) -> None:
    got, headers, body = await _get(door, path, method)
    assert got == status
    assert headers["Content-Type"] == "application/problem+json"
    problem = json.loads(body)
    assert problem.keys() >= PROBLEM
    assert problem["status"] == status
    assert problem["correlation_id"] == headers["X-Correlation-Id"]
    if status == 405:
        assert headers["Allow"]
    if status == 401:
        assert headers["WWW-Authenticate"] == "Bearer"


async def test_unexpected_error_is_a_problem_without_details(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> Any:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(door.services.accounts, "visitor", broken)
    status, headers, body = await _get(door, "/api/v1/auth/visitor", "POST", json={})
    assert status == 500
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert b"secret" not in body
    assert json.loads(body)["correlation_id"] == headers["X-Correlation-Id"]


async def test_correlation_id_of_the_caller_is_kept_if_it_is_decent(door: Door) -> None:
    _, headers, _ = await _get(door, "/health/live", headers={"X-Correlation-Id": "abc-123"})
    assert headers["X-Correlation-Id"] == "abc-123"
    _, headers, _ = await _get(door, "/health/live", headers={"X-Correlation-Id": "<script>" * 20})
    assert "<" not in headers["X-Correlation-Id"]


async def test_correlation_id_reaches_the_dialogue(door: Door) -> None:
    door.rasa.webhooks.clear()
    await _get(
        door,
        "/webhooks/sms/inbound",
        "POST",
        data=b"x",
        headers={"X-Correlation-Id": "from-vendor"},
    )
    assert door.rasa.webhooks[0][2]["X-Correlation-Id"] == "from-vendor"


@pytest.mark.parametrize("size", [1_048_577, 9_000_000])
@pytest.mark.parametrize("chunked", [False, True])
async def test_long_bodies_are_refused(door: Door, size: int, chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(size // 65_536 + 1):
            yield b" " * 65_536

    data: Any = chunks() if chunked else b" " * size
    headers = {"Content-Type": "application/json"}
    try:
        status, _, body = await _get(door, "/api/v1/auth/login", "POST", data=data, headers=headers)
    except aiohttp.ClientConnectionError:
        assert size > 8 * 1_048_576  # so much is not even read
        return
    assert status == 413
    assert json.loads(body)["code"] == "too_large"


async def test_chunked_body_within_the_limit_is_read(door: Door) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"email": "mara@example.org", '
        await asyncio.sleep(0.01)
        yield b'"password": "northlight-demo"}'

    headers = {"Content-Type": "application/json"}
    status, _, _ = await _get(door, "/api/v1/auth/login", "POST", data=chunks(), headers=headers)
    assert status == 200


async def test_pages_have_a_strict_policy(door: Door) -> None:
    _, headers, _ = await _get(door, "/chat")
    policy = dict(rule.split(" ", 1) for rule in headers["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'self' https://shop.example"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


async def test_data_may_do_nothing_in_a_browser_and_is_not_stored(door: Door) -> None:
    _, headers, _ = await _get(door, "/api/v1/chat/history")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_transport_security_only_behind_https(door: Door) -> None:
    _, headers, _ = await _get(door, "/health/live")
    assert "Strict-Transport-Security" not in headers
    door.services.settings.public_url = "https://care.example"
    _, headers, _ = await _get(door, "/health/live")
    assert "Strict-Transport-Security" in headers


async def test_cors_allows_the_listed_origin_only(door: Door) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    path = "/api/v1/auth/login"
    status, headers, _ = await _get(
        door, path, "OPTIONS", headers={**asked, "Origin": "https://shop.example"}
    )
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, "https://shop.example")
    assert "Access-Control-Allow-Credentials" not in headers
    status, headers, body = await _get(
        door, path, "OPTIONS", headers={**asked, "Origin": "https://evil.example"}
    )
    assert status == 403
    assert "Access-Control-Allow-Origin" not in headers
    assert json.loads(body)["code"] == "cors_refused"
    _, headers, _ = await _get(door, "/health/live", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in headers


async def test_flood_of_one_address_is_stopped(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flood, "_LIMIT", Limit(5))
    statuses = [(await _get(door, "/openapi.json"))[0] for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert (await _get(door, "/health/live"))[0] == 200


async def test_access_log_names_the_route_and_no_values(door: Door) -> None:
    with structlog.testing.capture_logs() as captured:
        await door.call("GET", "/api/v1/orders/998877", token=door.token("customer", MARA))
        await door.call("GET", "/mara@example.org?email=mara@example.org")
    lines = str([line for line in captured if line["event"] == "request"])
    assert "/api/v1/orders/{order_id}" in lines
    assert "998877" not in lines
    assert "mara" not in lines


async def test_metrics_count_requests_by_route(door: Door) -> None:
    await door.call("GET", "/api/v1/orders/998877", token=door.token("customer", MARA))
    status, text = await door.call("GET", "/metrics")
    assert status == 200
    assert 'route="/api/v1/orders/{order_id}",status="404"' in text
    assert (await door.call("GET", "/metrics", headers={"X-Forwarded-For": "10.0.0.9"}))[0] == 401
    forwarded = {"X-Forwarded-For": "10.0.0.9"}
    assert (await door.call("GET", "/metrics", token=door.token("admin"), headers=forwarded))[
        0
    ] == 200
    assert (
        await door.call("GET", "/metrics", token=door.token("customer", MARA), headers=forwarded)
    )[0] == 403
