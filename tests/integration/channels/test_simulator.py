"""Texts and mails of the simulator reach the real connectors, and what the shop sends comes back to it."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from closer.kit.errors import ProviderError
from closer.providers.base import OutboundMessage
from closer.providers.sandbox_account import OUR_NUMBER, OUR_WHATSAPP, sandbox_account
from closer.providers.selection import choose_providers, media_source
from tests.fakes.simulator import ANN, MAIL, Page, simulated, until
from tests.fakes.twilio_api import DATA

pytestmark = pytest.mark.asyncio(loop_scope="module")
PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    async with simulated(tmp_path_factory.mktemp("simulator")) as page:
        yield page


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
