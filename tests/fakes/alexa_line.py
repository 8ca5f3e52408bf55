"""A served Alexa connector with an authority, a signer and Amazon's side of progressive responses.

A module of tests takes the fixtures in by importing them: `from tests.fakes.alexa_line import *`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from lxml import etree

from channels.alexa import AlexaInput
from closer.customers.identity import visitor_id
from closer.providers.alexa_directives import AlexaDirectives
from closer.providers.alexa_requests import CHAIN_HEADER, SIGNATURE_HEADER
from closer.security.account_records import Account
from tests.fakes.alexa_caller import (
    CHAIN_URL,
    SIGNER,
    SKILL,
    Authority,
    Chains,
    encoded,
    request,
    signed,
    signing_key,
)
from tests.fakes.connectors import Line, connected
from tests.fakes.redis_server import running_redis

__all__ = ["beside", "line", "running"]

PATH, KEY, USER = "/webhooks/alexa/request", signing_key(), "amzn1.ask.account.AAAA"
VISITOR = visitor_id("device", USER)


class Beside:
    """Amazon's side of progressive responses."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.url = ""
        self.hold = asyncio.Event()
        self.hold.set()
        self.came = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        self.heard.append((request.headers["Authorization"], await request.json()))
        self.came.set()
        await self.hold.wait()
        return web.Response(status=204)


async def post(line: Line, body: bytes, signature: str | None = None) -> tuple[int, Any]:
    """Post a body, signed unless a signature is given; return status and JSON."""
    headers = {CHAIN_HEADER: CHAIN_URL, SIGNATURE_HEADER: signature or signed(KEY, body)}
    status, _, answer = await line.post(PATH, body, headers)
    return status, json.loads(answer)


async def ask(line: Line, *args: Any, **fields: Any) -> dict[str, Any]:
    """Send a request and return the answer, which is one that Alexa reads."""
    return await send(line, request(*args, **fields))


async def send(line: Line, data: dict[str, Any]) -> dict[str, Any]:
    """Send a request as it is; check the shape of the answer."""
    status, answer = await post(line, encoded(data))
    assert status == 200, answer
    assert answer["version"] == "1.0"
    response = answer["response"]
    if response:
        assert isinstance(response["shouldEndSession"], bool)
        assert ("reprompt" in response) is not response["shouldEndSession"]
        for part in (response, response.get("reprompt", response)):
            assert part["outputSpeech"]["type"] == "SSML"
            assert etree.fromstring(part["outputSpeech"]["ssml"]).tag == "speak"
    return dict(answer)


def heard(answer: dict[str, Any]) -> str:
    """Return what Alexa says."""
    return str(etree.fromstring(answer["response"]["outputSpeech"]["ssml"]).text)


async def account(line: Line) -> Account:
    """Open Ann's account."""
    return await line.services.accounts.create(
        email="ann@example.org", password="a long enough word", customer_id="ann", verified=True
    )


def with_result(line: Line, monkeypatch: pytest.MonkeyPatch, **more: Any) -> None:
    """Let turns end with more than the echo's words."""
    real = line.chain.run

    async def run(message: Any) -> Any:
        return (await real(message)).copy(update=more)

    monkeypatch.setattr(line.chain, "run", run)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def beside() -> AsyncIterator[Beside]:
    made, app = Beside(), web.Application()
    app.router.add_post("/v1/directives", made.take)
    async with TestServer(app) as server:
        made.url = str(server.make_url("")).rstrip("/")
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory, beside: Beside) -> AsyncIterator[Line]:
    root, chains, folder = Authority(), Chains(), tmp_path_factory.mktemp("alexa")
    chains.put(root.leaf(KEY, SIGNER))
    (folder / "roots.pem").write_bytes(root.pem)
    own = AlexaDirectives(beside.url.removeprefix("http://"))
    with running_redis() as redis:
        async with connected(
            folder,
            redis,
            AlexaInput(chains, own),
            alexa_skill_id=SKILL,
            alexa_roots=str(folder / "roots.pem"),
        ) as line:
            yield line


@pytest_asyncio.fixture(loop_scope="module")
async def line(running: Line, beside: Beside) -> Line:
    await running.fresh()
    beside.heard.clear()
    beside.hold.set()
    beside.came.clear()
    await running.services.customers.create(customer_id="ann", name="Ann Lee")
    return running
