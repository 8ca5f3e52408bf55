"""Whole conversations by text message: the real assistant behind the SMS connector, read as a phone shows it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from multidict import MultiDict

from channels.base import InboundChain
from channels.sms import SmsConnector
from channels.twilio_forms import inbound_message
from closer.kit.pagination import PageRequest
from closer.messaging.sms_text import LONGEST
from closer.providers.sms_segments import segments
from tests.conversations.harness import Bot
from tests.fakes.twilio_caller import sms

pytestmark = pytest.mark.rasa


@dataclass
class Phone:
    """Somebody's phone: what is typed goes through the connector, what comes is what the outbox holds for it."""

    bot: Bot
    number: str
    chain: InboundChain
    seen: set[str] = field(default_factory=set)

    async def types(self, text: str) -> str:
        """Send a text message and return the answer, all messages of it in one piece."""
        identity = await self.bot.services.identities.resolve("phone", self.number)
        form = MultiDict(sms(text, self.number))
        await self.chain.take(inbound_message(form, identity))
        await asyncio.gather(*self.chain._background)
        self.bot.clock.advance(seconds=20)
        page = await self.bot.services.notifications.list(PageRequest(limit=100))
        fresh = [
            item
            for item in reversed(page.items)
            if item.address == self.number and item.id not in self.seen
        ]
        self.seen |= {item.id for item in fresh}
        texts = [str(item.body) for item in fresh]
        for said in texts:
            assert len(said) <= LONGEST, said
            assert segments(said).encoding == "GSM-7", said
            assert "**" not in said, said
        return "\n".join(texts)


def phone(bot: Bot, number: str) -> Phone:
    connectors = {"sms": SmsConnector(bot.services)}
    return Phone(bot, number, InboundChain(bot.agent, bot.services, connectors))


async def test_a_strangers_phone_learns_nothing_before_the_code(bot: Bot) -> None:
    stranger = phone(bot, "+12025550177")
    first = await stranger.types("when will my order 78903 arrive?")
    assert "March" not in first
    assert "mail" in (await stranger.types("yes please")).lower()
    asked = await stranger.types("jonas.lindberg@example.net")
    assert "code" in asked.lower()
    assert "March" in await stranger.types(await bot.last_code())


async def test_a_customers_phone_is_known_but_proves_nothing(bot: Bot) -> None:
    await bot.services.customers.update("user123", phone="+12025550123")
    own = phone(bot, "+12025550123")
    said = await own.types("i want to cancel order 12346")
    assert "161" not in said
    assert (await bot.services.orders.get("12346")).state == "paid"


async def test_choices_are_numbered_and_a_number_carries_the_task_on(bot: Bot) -> None:
    own = phone(bot, "+12025550177")
    said = await own.types("hello")
    assert "1 " in said
    assert (
        "mail" in (await own.types("1")).lower()
    )  # a task begins, and it needs to know who writes


async def test_stop_in_the_middle_of_a_task_ends_everything_until_start(bot: Bot) -> None:
    own = phone(bot, "+12025550177")
    assert await own.types("where is my order 78903")
    assert await own.types("STOP") == ""
    assert await own.types("jonas.lindberg@example.net") == ""
    assert await own.types("START") == ""
    assert await own.types("hello")


async def test_asking_how_to_leave_is_answered_and_a_yes_then_confirmed_once(bot: Bot) -> None:
    own = phone(bot, "+12025550177")
    assert "at any time" in await own.types("how do i get out of these text messages?")
    assert await bot.services.contact_consents.allowed("sms", own.number)
    assert await own.types("yes please")
    assert "no more text messages" in await own.types("+12025550177")
    assert not await bot.services.contact_consents.allowed("sms", own.number)
    assert await own.types("hello") == ""
