"""The simulator: what a person does there reaches the real connectors, and what the shop sends comes back to it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from fastapi import FastAPI

from api.simulator.app import RealAccount, create_app
from channels.email import EmailInput
from channels.sms import SmsInput
from channels.voice import VoiceInput
from closer.kit.errors import ProviderError
from closer.kit.settings import Settings
from closer.providers.base import OutboundMessage
from closer.providers.sandbox_account import OUR_NUMBER, OUR_WHATSAPP, sandbox_account
from closer.providers.selection import choose_providers, media_source
from closer.services import Services
from tests.fakes.connectors import Line, connected
from tests.fakes.instances import free_ports
from tests.fakes.redis_server import running_redis
from tests.fakes.servers import serving
from tests.fakes.twilio_api import DATA

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANN, MAIL = "+12025550123", "ann@example.org"
PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 64
WITHIN_S = 10.0


@dataclass
class Page:
    """Does what the simulator's page does.

    Attributes:
        url: Where the simulator is.
        http: The connection to it.
        line: The connectors that it reaches.
        app: The simulator itself.
    """

    url: str
    http: aiohttp.ClientSession
    line: Line
    app: FastAPI

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask the simulator and insist that it agrees."""
        status, answer = await self.tries(method, path, body, **headers)
        assert status < 300, answer
        return answer

    async def tries(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        """Ask the simulator."""
        async with self.http.request(method, self.url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def text(self, text: str, **more: Any) -> dict[str, Any]:
        """Write a text message and let the answer be delivered."""
        sent = await self.ask("POST", "/api/texts", {"number": ANN, "text": text, **more})
        await self.line.idle()
        await self.line.services.notifications.deliver_due()
        return dict(sent)

    async def messages(self) -> list[dict[str, Any]]:
        """Return what Ann wrote and got."""
        return list(await self.ask("GET", f"/api/messages?number=%2B{ANN[1:]}&mail={MAIL}"))

    async def call(self, sid: str, state: str) -> dict[str, Any]:
        """Wait until a call is in a state."""
        calls = self.app.state.calls

        async def there() -> bool:
            return bool(calls[sid].state == state)

        await until(there)
        return dict(calls[sid].as_json())


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds."""

    async def look() -> None:
        while not await holds():  # noqa: ASYNC110 - there is nothing to be told by
            await asyncio.sleep(0.02)

    await asyncio.wait_for(look(), WITHIN_S)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    [port] = free_ports(1)
    url, folder = f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("simulator")
    channels = (SmsInput(), EmailInput(), VoiceInput())
    with running_redis() as redis:
        async with connected(folder, redis, *channels, simulator_url=url) as line:
            app = create_app(line.services, gateway_url=line.url)
            async with serving(app, port):
                yield Page(url, line.http, line, app)


@pytest_asyncio.fixture(loop_scope="module")
async def page(running: Page) -> Page:
    await running.line.fresh()
    return running


async def test_a_text_is_taken_answered_and_reported_as_delivered(page: Page) -> None:
    sent = await page.text("hello")
    assert sent["state"] == "received"
    [(message, _)] = page.line.echo.read
    assert (message.address, message.sent_to) == (ANN, OUR_NUMBER)

    async def delivered() -> bool:
        return [note.state for note in await page.line.outbox()] == ["delivered"]

    await until(delivered)
    own, answer = await page.messages()
    assert (own["incoming"], answer["incoming"]) == (True, False)
    assert answer["text"] == "You said: hello"
    assert answer["state"] == "delivered"


async def test_whatsapp_goes_by_its_own_number_and_is_read(page: Page) -> None:
    await page.text("hello", whatsapp=True)
    [(message, _)] = page.line.echo.read
    assert message.address == f"whatsapp:{ANN}"
    assert message.sent_to == f"whatsapp:{OUR_WHATSAPP}"

    async def read() -> bool:
        return [note.state for note in await page.line.outbox()] == ["read"]

    await until(read)


async def test_a_picture_can_be_fetched_by_the_connector_and_by_nobody_else(page: Page) -> None:
    async with page.http.post(
        f"{page.url}/api/media", data=PICTURE, headers={"Content-Type": "image/png"}
    ) as answer:
        media = (await answer.json())["id"]
    await page.text("look", media=[media])
    account = sandbox_account(page.line.services.settings)
    messages = f"{page.url}/2010-04-01/Accounts/{account.account_sid}/Messages"
    url = f"{messages}/{(await page.messages())[0]['id']}/Media/{media}"
    source = media_source(page.line.services.settings)
    assert await source.fetch(url) == PICTURE
    await source.close()
    async with page.http.get(url) as refused:
        assert refused.status == 401
    [(message, _)] = page.line.echo.read
    assert [item.content_type for item in message.media] == ["image/png"]


async def test_stop_blocks_the_number_at_the_carrier_until_start(page: Page) -> None:
    await page.text("STOP")
    assert (await page.ask("GET", "/api/state"))["blocked"] == [ANN]
    sms = choose_providers(
        page.line.services.settings, page.line.services.db, page.line.services.clock
    )["sms"]
    with pytest.raises(ProviderError) as refused:
        await sms.send(OutboundMessage("sms", ANN, "hello", "k"))
    assert refused.value.code == "opted_out"
    assert not await page.line.services.contact_consents.allowed("sms", ANN)
    await page.text("START")
    assert await page.line.services.contact_consents.allowed("sms", ANN)
    assert (await sms.send(OutboundMessage("sms", ANN, "hello", "k"))).state == "queued"
    await sms.close()


@pytest.mark.parametrize("mood", ["busy", "down"])
async def test_vendors_refuse_when_they_are_told_to(page: Page, mood: str) -> None:
    services = page.line.services
    for vendor, channel, to in (("twilio", "sms", ANN), ("sendgrid", "email", MAIL)):
        await page.ask("PUT", f"/api/moods/{vendor}", {"mood": mood})
        provider = choose_providers(services.settings, services.db, services.clock)[channel]
        with pytest.raises(ProviderError) as refused:
            await provider.send(OutboundMessage(channel, to, "hello", "k"))
        assert refused.value.retryable
        assert (refused.value.extra.get("retry_after") == 2) == (mood == "busy")
        await provider.close()


async def test_what_is_lost_is_reported(page: Page) -> None:
    for vendor in ("twilio", "sendgrid"):
        await page.ask("PUT", f"/api/moods/{vendor}", {"mood": "lost"})
    await page.text("hello")
    await page.ask("POST", "/api/mails", {"address": MAIL, "subject": "Hello", "text": "hello"})
    await page.line.idle()
    await page.line.services.notifications.deliver_due()

    async def both() -> bool:
        return {note.state for note in await page.line.outbox()} == {"undelivered", "bounced"}

    await until(both)


async def test_a_message_that_twilio_would_refuse_is_refused_with_its_code(page: Page) -> None:
    account = sandbox_account(page.line.services.settings)
    url = f"{page.url}/2010-04-01/Accounts/{account.account_sid}/Messages.json"
    right = {"To": ANN, "From": OUR_NUMBER, "Body": "hello"}
    auth = aiohttp.BasicAuth(account.account_sid, account.auth_token)

    async def create(fields: dict[str, str], given: aiohttp.BasicAuth | None) -> dict[str, Any]:
        async with page.http.post(url, data=fields, auth=given) as answer:
            return dict(await answer.json())

    assert (await create(right, None))["code"] == 20003
    wrong = {
        21211: {"To": "12"},
        21603: {"From": ""},
        21606: {"From": "+12025550188"},
        21910: {"To": f"whatsapp:{ANN}"},
        21602: {"Body": ""},
        21617: {"Body": "x" * 1601},
    }
    for code, change in wrong.items():
        assert (await create({**right, **change}, auth))["code"] == code
    example = json.loads((DATA / "messages_create_201_examples.json").read_text())["create"]
    created = await create(right, auth)
    assert created.keys() == example.keys()
    assert created["sid"].startswith("SM")


async def test_a_mail_is_answered_and_the_answer_to_that_stays_in_the_thread(page: Page) -> None:
    file = {"name": "photo.png", "type": "image/png", "content": base64.b64encode(PICTURE).decode()}
    letter = {"address": MAIL, "name": "Ann Lee", "subject": "My order", "text": "where is it"}
    sent = await page.ask("POST", "/api/mails", {**letter, "files": [file]})
    assert sent["state"] == "received"
    await page.line.idle()
    await page.line.services.notifications.deliver_due()
    own, answer = await page.messages()
    assert answer["headers"]["In-Reply-To"] == own["headers"]["Message-ID"]
    assert answer["subject"] == "Re: My order"
    await page.ask(
        "POST",
        "/api/mails",
        {**letter, "subject": "Re: My order", "text": "thanks", "reply_to": answer["id"]},
    )
    await page.line.idle()
    (first, _), (second, read) = page.line.echo.read
    assert [item.content_type for item in first.media] == ["image/png"]
    assert read == "thanks"  # what it quotes is not read again
    assert second.context["references"][-1] == answer["headers"]["Message-ID"]
    assert second.conversation_id == first.conversation_id


async def test_what_a_person_does_with_a_mail_is_told_to_the_shop(page: Page) -> None:
    await page.ask("POST", "/api/mails", {"address": MAIL, "subject": "Hello", "text": "hello"})
    await page.line.idle()
    await page.line.services.notifications.deliver_due()
    answer = (await page.messages())[-1]
    done = await page.ask("POST", f"/api/mails/{answer['id']}/events", {"event": "spamreport"})
    assert done == {"taken": True}
    assert not await page.line.services.contact_consents.allowed("email", MAIL)


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
