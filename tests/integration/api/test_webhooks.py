"""Vendors' webhooks pass through unchanged, private connectors do not."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest
from aiohttp import web
from yarl import URL

from tests.fakes.gateway import Door


async def test_body_headers_and_query_arrive_as_they_were_sent(door: Door) -> None:
    body = b"Body=&From=%2B14155550123&ToCity=&\xff\xfe"
    headers = {
        "X-Twilio-Signature": "abc=",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Odd": "a, b",
    }
    url = URL(door.url + "/webhooks/sms/inbound?x=1%2F2&y=&x=3", encoded=True)
    async with door.http.post(url, data=body, headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/xml")
        assert await answer.text() == "<Response/>"
    method, path, got, raw = door.rasa.webhooks[0]
    assert (method, path, raw) == ("POST", "/webhooks/sms/inbound?x=1%2F2&y=&x=3", body)
    assert got["X-Twilio-Signature"] == "abc="
    assert got["X-Odd"] == "a, b"
    assert got["Content-Type"] == "application/x-www-form-urlencoded"
    assert got["X-Forwarded-Host"] == door.url.removeprefix("http://")
    assert got["X-Forwarded-For"] == "127.0.0.1"


async def test_forged_forwarding_headers_do_not_pass(door: Door) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "for=1.2.3.4"}
    await door.call("POST", "/webhooks/sms/inbound", headers=headers, data=b"x")
    got = door.rasa.webhooks[0][2]
    assert got["X-Forwarded-Host"] != "evil.example"
    assert "Forwarded" not in got


async def test_answer_is_handed_back_raw(door: Door) -> None:
    packed = gzip.compress(b"<Response/>")

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(
            body=packed, status=418, headers={"Content-Encoding": "gzip", "X-Own": "yes"}
        )

    door.rasa.webhook_answer = answer
    async with door.http.get(door.url + "/webhooks/voice/status") as got:
        assert got.status == 418
        assert got.headers["X-Own"] == "yes"
        assert await got.text() == "<Response/>"


@pytest.mark.parametrize(
    "path",
    [
        "/webhooks/turn/run",
        "/webhooks/turn",
        "/webhooks/rest/webhook",
        "/webhooks/socketio/webhook",
        "/webhooks/callback/webhook",
        "/webhooks/%74urn/run",
        "/webhooks/sms/../turn/run",
        "/webhooks/sms/%2e%2e/turn/run",
        "/webhooks/sms/..%2fturn/run",
        "/webhooks/./turn/run",
        "/webhooks//turn/run",
        "/webhooks/TURN/run",
        "/webhooks/sms\\..\\turn/run",
        "/webhooks/",
    ],
)
async def test_private_connectors_are_out_of_reach(door: Door, path: str) -> None:
    async with door.http.post(URL(door.url + path, encoded=True), data=b"{}") as answer:
        assert answer.status == 404
        assert json.loads(await answer.read())["code"] == "not_found"
    assert door.rasa.webhooks == []
    assert door.rasa.received == []


async def test_service_token_does_not_open_the_turn(door: Door) -> None:
    status, _ = await door.call(
        "POST", "/webhooks/turn/run", {"text": "x"}, token=door.token("service")
    )
    assert status == 404


async def test_rasa_away_is_a_problem(door: Door) -> None:
    await door.rasa.stop()
    status, problem = await door.call("POST", "/webhooks/sms/inbound", data=b"x")
    assert (status, problem["code"]) == (503, "unavailable")


async def test_slow_connector_is_a_problem(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    import aiohttp

    import api.v1.proxy as proxy

    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1)
        return web.Response()

    monkeypatch.setattr(proxy, "_WITHIN", aiohttp.ClientTimeout(total=0.2))
    door.rasa.webhook_answer = slow
    status, problem = await door.call("POST", "/webhooks/sms/inbound", data=b"x")
    assert (status, problem["code"]) == (504, "deadline_exceeded")


async def test_big_mail_passes_but_no_big_text_message(door: Door) -> None:
    big = b"x" * 2_000_000
    assert (await door.call("POST", "/webhooks/email/inbound", data=big))[0] == 200
    assert len(door.rasa.webhooks[0][3]) == len(big)
    assert (await door.call("POST", "/webhooks/sms/inbound", data=big))[0] == 413
