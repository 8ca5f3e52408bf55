"""Health of each process, pages and files."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from aiohttp import web

from tests.fakes.gateway import Door
from tests.fakes.redis_server import RedisServer

ROOT = Path(__file__).resolve().parents[3]


async def test_alive(door: Door) -> None:
    assert await door.call("GET", "/health/live") == (200, {"status": "alive"})


async def test_ready_tells_each_process(door: Door, redis_server: RedisServer) -> None:
    status, health = await door.call("GET", "/health/ready")
    states = {name: part["state"] for name, part in health["parts"].items()}
    assert (status, health["status"]) == (503, "degraded")
    assert states == {
        "database": "up",
        "redis": "up",
        "rasa": "up",
        "actions": "down",
        "worker": "down",
        "delivery": "down",
        "scheduler": "down",
    }
    runner = web.AppRunner(_actions())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    door.services.settings.actions_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    for process in ("worker", "delivery"):
        await door.services.redis.set(f"closer:{process}:heartbeat", "1", ex=30)
    assert (await door.call("GET", "/health/ready"))[1]["status"] == "degraded"
    await door.services.redis.set("closer:scheduler:lock", "a token", px=15_000)
    status, health = await door.call("GET", "/health/ready")
    assert (status, health["status"]) == (200, "ready")
    await runner.cleanup()
    redis_server.stop()
    try:
        status, health = await door.call("GET", "/health/ready")
        states = {name: part["state"] for name, part in health["parts"].items()}
        assert status == 503
        assert (states["redis"], states["worker"], states["database"]) == ("down", "down", "up")
    finally:
        redis_server.start()


async def test_database_away_is_down(door: Door) -> None:
    await door.services.db.dispose()
    door.services.db.url = "sqlite+aiosqlite:////nowhere/at/all.sqlite3"
    status, health = await door.call("GET", "/health/ready")
    assert (status, health["status"]) == (503, "down")
    status, problem = await door.call("POST", "/api/v1/auth/visitor", {})
    assert (status, problem["code"]) == (503, "unavailable")


async def test_pages_and_all_that_they_load(door: Door) -> None:
    for path in ("/", "/chat", "/docs"):
        async with door.http.get(door.url + path) as page:
            assert page.status == 200
            assert page.headers["Content-Type"].startswith("text/html")
            html = await page.text()
        assert "<script>" not in html
        assert "style=" not in html
        links = re.findall(r'(?:src|href)="(/[^"]*)"', html)
        assert links
        for link in links:
            async with door.http.get(door.url + link) as file:
                assert file.status == 200, link
                assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert "://" not in re.sub(r"http://www\.w3\.org\S*", "", html)


async def test_files_are_revalidated(door: Door) -> None:
    path = door.url + "/static/design/design.css"
    async with door.http.get(path) as first:
        assert first.headers["Cache-Control"] == "no-cache"
        tag = first.headers["ETag"]
    async with door.http.get(path, headers={"If-None-Match": tag}) as again:
        assert again.status == 304


async def test_vendored_files_are_what_their_note_says() -> None:
    folder = ROOT / "web" / "vendor" / "swagger"
    listed = re.findall(
        r"\| `(\S+)` \| `([0-9a-f]{64})` \|", (folder / "VENDORED.md").read_text("utf-8")
    )
    assert len(listed) == 2
    for name, digest in listed:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert (folder / "LICENSE").is_file()


async def test_openapi_has_the_limits_of_the_settings(door: Door) -> None:
    door.services.settings.max_message_chars = 123
    _, document = await door.call("GET", "/openapi.json")
    body = document["components"]["schemas"]["MessageBody"]
    assert body["properties"]["text"]["maxLength"] == 123
    assert body["examples"]
    payload = body["properties"]["payload"]
    assert {"type": "null"} in payload["anyOf"]
    assert body["additionalProperties"] is False


def _actions() -> web.Application:
    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.router.add_get("/health", health)
    return app
