"""A webhook on its whole way: public address, gateway, connector. The signature holds over what the gateway hands on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import uvicorn

from api.app import create_app
from channels.sms import SmsInput
from closer.conversations.turn import Media
from tests.fakes.connectors import PUBLIC, Line, connected
from tests.fakes.gateway import _Server
from tests.fakes.redis_server import running_redis
from tests.fakes.twilio_caller import request, sms

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANN, INBOUND = "+12025550123", "/webhooks/sms/inbound"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    with running_redis() as redis:
        async with connected(
            tmp_path_factory.mktemp("way"), redis, SmsInput(), twilio_auth_token="twilio-secret"
        ) as made:
            made.services.settings.rasa_url = made.url
            app = create_app(made.services)
            server = _Server(uvicorn.Config(app, port=0, ws="wsproto", log_config=None))
            task = asyncio.create_task(server.serve())
            while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
                await asyncio.sleep(0.005)
            made.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
            await made.fresh()
            yield made
            server.should_exit = True
            await task


async def test_a_signed_message_arrives_with_blank_fields_and_odd_letters(line: Line) -> None:
    text = "Où est ma commande ? 👋 a+b=c&d; 100%"
    assert await line.text(text, ANN)
    assert line.echo.read[-1][1] == text


async def test_what_was_changed_on_the_way_is_refused(line: Line) -> None:
    body, headers = request("twilio-secret", PUBLIC, INBOUND, sms("hello", ANN))
    assert (await line.post(INBOUND, body.replace(b"hello", b"hullo"), headers))[0] == 403
    assert (await line.post(f"{INBOUND}?x=1", body, headers))[0] == 403
    forwarded = {**headers, "X-Forwarded-Host": "shop.example", "X-Forwarded-Proto": "https"}
    assert (await line.post(INBOUND, body, forwarded))[0] == 200
    big = body + b"&Padding=" + b"x" * 2_000_000
    assert (await line.post(INBOUND, big, headers))[0] == 413


async def test_a_truncated_request_is_never_processed(line: Line) -> None:
    body, headers = request("twilio-secret", PUBLIC, INBOUND, sms("never", ANN))
    host, _, port = line.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [f"POST {INBOUND} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body[:-10])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await reader.read() == b""
    await line.idle()
    assert all(text != "never" for _, text in line.echo.read)


async def test_media_of_a_message_are_read_at_the_gateway(line: Line) -> None:
    found = [Media(url="https://api.twilio.com/x", content_type="text/html")]
    [own] = await line.services.media.expect("vis_1", "m1", "sms", found)
    async with line.http.get(line.url + own.url) as answer:
        assert answer.status == 401
