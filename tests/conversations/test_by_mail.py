"""Whole conversations by mail: a closed account's mailbox, and a signed mail with two wishes."""

from __future__ import annotations

import pytest

from channels.mail.courtesies import request_of
from closer.kit.pagination import PageRequest
from closer.providers.sandbox import SandboxMessages
from tests.conversations.checks_accounts import account_closed
from tests.conversations.harness import Bot

pytestmark = pytest.mark.rasa

_JONAS, _MAILBOX = "user789", "jonas.lindberg@example.net"
_SIGNED = """Dear Northlight team,

Please send me the invoice for 12345.

Please also cancel my order 12347.

Kind regards
Maya Torres
Head of Purchasing
Torres Ltd
12 Elm Street
Austin, TX 78701
+1 202 555 0100
"""


async def test_a_closed_account_is_erased_after_a_code_to_its_mailbox(bot: Bot) -> None:
    await account_closed(bot.services, _JONAS)
    mail = {"channel": "email", "address": _MAILBOX, "proven": False}
    asked = await bot.hears("Please erase all my data.", customer=None, **mail)
    assert asked.task is not None
    assert asked.task.step == "identity_code"
    sent = await _sent_to(bot, _MAILBOX)
    assert len(sent) == 1
    await bot.hears(await bot.last_code(), customer=None, **mail)
    await bot.hears("yes, erase my data", customer=None, **mail)
    kept = await bot.services.compliance.list(
        PageRequest(limit=5), customer_id=_JONAS, kind="data_deletion"
    )
    assert len(kept.items) == 1


async def test_a_strange_mailbox_gets_no_code_unasked(bot: Bot) -> None:
    mail = {"channel": "email", "address": "nobody@example.net", "proven": False}
    asked = await bot.hears("Please erase all my data.", customer=None, **mail)
    assert asked.task is not None
    assert asked.task.step == "identity_email"
    assert not await _sent_to(bot, "nobody@example.net")


async def test_both_wishes_of_a_signed_mail_are_done(bot: Bot) -> None:
    mail = {"channel": "email", "address": "maya.torres@example.com", "proven": False}
    request = request_of(_SIGNED, "Hello", new_thread=True)
    await bot.hears(request, customer="user123", **mail)
    said = await bot.hears(await bot.last_code(), customer="user123", **mail)
    assert said.task is not None
    assert (said.task.name, said.task.step) == ("cancel_order", "confirmed")
    done = await bot.hears("yes", customer="user123", **mail)
    text = " ".join(reply.text or "" for turn in (said, done) for reply in turn.replies)
    assert "INV-" in text  # before or after the question, as the wishes are told
    assert (await bot.services.orders.get("12347")).state == "cancelled"


async def _sent_to(bot: Bot, address: str) -> list[str]:
    await bot.services.notifications.deliver_due()
    return [item.text for item in await SandboxMessages(bot.services.db).latest(address=address)]
