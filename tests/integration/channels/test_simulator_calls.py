"""Calls in the simulator, what its page is told, and whom it does not answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from api.simulator.app import RealAccount, create_app
from api.simulator.callers import Answered
from closer.kit.clock import FixedClock
from closer.kit.settings import Settings
from closer.providers.sandbox_account import OUR_COLLEAGUE
from closer.services import Services
from tests.fakes.simulator import ANN, MAIL, WITHIN_S, Page, simulated

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    async with simulated(tmp_path_factory.mktemp("simulator")) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def page(running: Page) -> Page:
    await running.line.fresh()
    return running


async def test_a_call_follows_what_the_connector_says(page: Page) -> None:
    call = await page.ask("POST", "/api/calls", {"number": ANN})
    listening = await page.call(call["sid"], "listening")
    assert listening["listens_to"] == ["dtmf", "speech"]
    assert "How can I help" in listening["said"][0]["text"]
    await page.ask("POST", f"/api/calls/{call['sid']}/heard", {"speech": "where is my order"})
    await page.call(call["sid"], "listening")
    await page.ask("POST", f"/api/calls/{call['sid']}/heard", {"digits": "12345"})
    said = (await page.call(call["sid"], "listening"))["said"]
    assert [line["text"] for line in said if line["who"] == "caller"] == [
        "where is my order",
        "1 2 3 4 5",
    ]
    assert [text for _, text in page.line.echo.read] == ["where is my order", "12345"]
    await page.ask("POST", f"/api/calls/{call['sid']}/hang-up")
    await page.call(call["sid"], "ended")
    status, _ = await page.tries("POST", f"/api/calls/{call['sid']}/heard", {"speech": "hello?"})
    assert status == 409


async def test_silence_is_asked_about(page: Page) -> None:
    call = await page.ask("POST", "/api/calls", {"number": ANN})
    before = await page.call(call["sid"], "listening")
    await page.ask("POST", f"/api/calls/{call['sid']}/heard", {})
    after = await page.call(call["sid"], "listening")
    assert len(after["said"]) > len(before["said"]) + 1
    assert page.line.echo.read == []


@pytest.mark.parametrize("answers", [True, False])
async def test_a_call_is_put_through_to_a_colleague_who_is_told_why(
    page: Page, monkeypatch: pytest.MonkeyPatch, *, answers: bool
) -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)  # a Monday: somebody is there
    monkeypatch.setattr(page.line.services, "clock", FixedClock(noon))
    call = await page.ask("POST", "/api/calls", {"number": ANN})
    for state in ("listening", "listening", "listening"):
        await page.call(call["sid"], state)
        await page.ask("POST", f"/api/calls/{call['sid']}/heard", {})
    dialling = await page.call(call["sid"], "dialling")
    assert dialling["dials"] == OUR_COLLEAGUE
    await page.ask("POST", f"/api/calls/{call['sid']}/colleague", {"answers": answers})
    said = (await page.call(call["sid"], "ended" if answers else "listening"))["said"]
    # Who does not pick up is told nothing.
    assert ("colleague" in [line["who"] for line in said]) is answers


@pytest.mark.parametrize("answer", ["no document", "<Other/>", "<Response><Sing/></Response>"])
async def test_an_answer_that_twilio_could_not_follow_ends_the_call_with_its_words(
    page: Page, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    async def answered(*_: Any) -> Answered:
        return Answered(200, answer)

    monkeypatch.setattr(page.app.state.desk.caller, "twilio", answered)
    call = await page.ask("POST", "/api/calls", {"number": ANN})
    ended = await page.call(call["sid"], "ended")
    assert "An application error has occurred" in ended["said"][-1]["text"]


async def test_only_pages_of_this_machine_are_answered(page: Page) -> None:
    text = {"number": ANN, "text": "hello"}
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        status, problem = await page.tries("POST", "/api/texts", text, **headers)
        assert (status, problem["status"]) == (403, 403)
    status, _ = await page.tries("GET", f"/api/messages?mail={MAIL}", Host="evil.example")
    assert status == 403
    assert page.line.echo.read == []


async def test_it_calls_no_webhook_but_its_own_installations(page: Page) -> None:
    caller = page.app.state.desk.caller
    assert (await caller.twilio("https://evil.example/webhooks/sms/status", {})).status == 0
    assert (await caller.twilio("https://shop.example.evil/webhooks/sms/status", {})).status == 0


@pytest.mark.parametrize(
    "real",
    [
        {"twilio_account_sid": "AC1"},
        {"sendgrid_api_key": "SG.x"},
        {"environment": "production"},
    ],
)
async def test_it_does_not_start_beside_a_real_account(
    tmp_path: Path, real: dict[str, Any]
) -> None:
    app = create_app(Services(Settings(data_dir=tmp_path, **real)))
    with pytest.raises(RealAccount):
        async with app.router.lifespan_context(app):
            pass


async def test_open_pages_see_what_happens(page: Page) -> None:
    async with page.http.get(f"{page.url}/api/events") as stream:
        assert stream.content_type == "text/event-stream"
        await stream.content.readuntil(b"\n\n")
        await page.text("hello")
        event = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), WITHIN_S)
    name, data = event.decode().strip().split("\n")
    assert name == "event: message"
    assert json.loads(data.removeprefix("data: "))["text"] == "hello"
