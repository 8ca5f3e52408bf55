"""Until a model is there, messages wait and the server does not call itself ready."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from sanic.response import HTTPResponse

from rasa_ext import model_start


def request(app: Any, path: str, method: str = "GET") -> Any:
    return SimpleNamespace(app=app, path=path, method=method)


@pytest.fixture
def app() -> Any:
    return SimpleNamespace(ctx=SimpleNamespace())


def start(app: Any) -> None:
    app.ctx.chain = object()
    app.ctx.models = SimpleNamespace(router=SimpleNamespace(traffic=object()))


async def test_a_message_waits_for_the_model_and_then_goes_on(app: Any) -> None:
    waiting = asyncio.create_task(model_start._guard(request(app, "/webhooks/turn/run", "POST")))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    start(app)
    assert await asyncio.wait_for(waiting, 2) is None


async def test_a_server_without_a_model_is_not_ready(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = await model_start._guard(request(app, "/"))
    assert isinstance(answer, HTTPResponse)
    assert answer.status == 503
    app.ctx.chain = object()
    app.ctx.models = SimpleNamespace(router=SimpleNamespace(traffic=None))
    monkeypatch.setattr(model_start, "_PATIENCE_S", 0.1)
    refused = await model_start._guard(request(app, "/webhooks/web/messages", "POST"))
    assert refused is not None
    assert refused.status == 503
    assert json.loads(refused.body)["code"] == "unavailable"
    start(app)
    assert await model_start._guard(request(app, "/")) is None


async def test_rasas_own_way_to_change_the_model_is_closed(app: Any) -> None:
    start(app)
    for method in ("PUT", "DELETE"):
        answer = await model_start._guard(request(app, "/model", method))
        assert answer is not None
        assert (answer.status, json.loads(answer.body)["code"]) == (409, "deploy_instead")
    assert await model_start._guard(request(app, "/model/parse", "POST")) is None
