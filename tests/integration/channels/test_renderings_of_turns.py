"""What the conversation suite checks of every turn: that the vendors take it, and that it would notice if they did not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from closer.conversations.turn import Button, InboundMessage, TurnResult
from closer.kit.clock import FixedClock
from closer.kit.db import Database
from closer.kit.settings import get_settings
from closer.messaging.records import Outgoing
from closer.services import Services
from tests.conversations.conftest import NOW
from tests.conversations.renderings import Renderings

MESSAGE = InboundMessage(
    message_id="m1", channel="web", conversation_id="vis_1", customer_id=None, text="hello"
)


@pytest.fixture
async def services(database_url: str, db: Database) -> AsyncIterator[Services]:
    made = Services(get_settings().copy(update={"database_url": database_url}), FixedClock(NOW))
    yield made
    await made.close()


def answer(services: Services, text: str) -> TurnResult:
    buttons = [Button(title="Yes, please", payload="/affirm"), Button(title="No", payload="/deny")]
    reply = services.conversations.entry("assistant", "web", message_id="m1", text=text)
    return TurnResult(
        message_id="m1",
        conversation_id="vis_1",
        replies=[reply.copy(update={"buttons": buttons})],
        actions=[],
    )


async def test_a_turn_that_all_vendors_take(services: Services) -> None:
    rendered = Renderings(services)
    text = (
        "Your order is **on its way** & you’ll get it <soon>: https://shop.example/a?b=c&d=e. " * 9
    )
    assert await rendered.problems(MESSAGE, answer(services, text)) == []
    quiet = answer(services, "").copy(update={"replies": []})
    assert await rendered.problems(MESSAGE, quiet) == []


async def test_what_a_vendor_would_refuse_is_told(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = Renderings(services)

    async def bad(*_: object) -> list[Outgoing]:
        long = Outgoing("**x** " * 300, media_urls=("ftp://shop.example/a.png",))
        return [long]

    monkeypatch.setattr(rendered._by_sms, "render", bad)

    async def empty(*_: object) -> list[Outgoing]:
        return [Outgoing("", subject="", headers={"Subject": "x"})]

    monkeypatch.setattr(rendered._by_mail, "render", empty)
    monkeypatch.setattr(
        "channels.voice.twiml.listen", lambda *_: "<Response><Speak>hello</Speak></Response>"
    )
    found = "\n".join(await rendered.problems(MESSAGE, answer(services, "hello")))
    for words in (
        "SMS MediaUrl",
        "SMS of",
        "markup",
        "mail: ",
        "Subject is reserved",
        "call: <Speak>",
    ):
        assert words in found, found
