"""One person, one dialogue: signing in takes a visitor's dialogue along, and channels change in the middle of a task."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from channels.base import InboxReplay
from closer.conversations.turn import InboundMessage
from closer.kit.pagination import PageRequest
from rasa_ext.joining import DialogueJoiner
from rasa_ext.serving import agents_of
from rasa_ext.sessions import VERIFIED
from tests.conversations.harness import Bot

pytestmark = pytest.mark.rasa

VISITOR, MARA = "vis_harness", "user123"
#: As the connectors hand them in: an address, and no proof.
SMS: dict[str, Any] = {"channel": "sms", "address": "+13125550987", "proven": False}
CALL: dict[str, Any] = {"channel": "voice", "context": {"call": "CA1"}, "proven": False}
OTHER_CALL: dict[str, Any] = {"channel": "voice", "context": {"call": "CA2"}, "proven": False}
MAIL: dict[str, Any] = {"channel": "email", "address": "mara@example.org", "proven": False}


def joiner(bot: Bot) -> DialogueJoiner:
    return DialogueJoiner(agents_of(bot.agent), bot.services)


@contextmanager
def new_session(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the next message come after an hour without one; Rasa looks at the machine's own clock."""
    with monkeypatch.context() as patched:
        patched.setattr(bot.agent.processor, "_has_session_expired", lambda _: True)
        yield


async def signs_in(bot: Bot, customer: str = MARA) -> bool:
    await bot.services.joins.ask(VISITOR, customer)
    return await joiner(bot).join(VISITOR)


def said(result: object) -> str:
    return " ".join(reply.text or "" for reply in result.replies)  # type: ignore[attr-defined]


async def test_a_visitors_task_goes_on_after_signing_in_without_asking_again(bot: Bot) -> None:
    first = await bot.hears("where is my order 12345", customer=None)
    assert first.task is not None
    assert (first.task.name, first.task.step) == ("track_order", "identity_email")
    assert await signs_in(bot)
    result = await bot.hears("so where is it?", customer=MARA)
    assert "12345" in said(result)
    assert "e-mail" not in said(result)
    history = await bot.services.conversations.history(MARA, PageRequest(limit=10))
    assert history.items[0].text == "where is my order 12345"


async def test_the_newer_task_goes_on_and_the_older_is_offered_afterwards(bot: Bot) -> None:
    older = await bot.hears("i want to cancel my order", customer=MARA)
    assert older.task is not None
    assert older.task.name == "cancel_order"
    await bot.hears("where is my order", customer=None)
    assert await signs_in(bot)
    done = await bot.hears("12345", customer=MARA)
    assert "12345" in said(done)
    assert "Shall we go on with it?" in said(done)
    assert (await bot.services.orders.get("12345")).state == "shipped"
    back = await bot.hears("yes", customer=MARA)
    assert back.task is not None
    assert back.task.name == "cancel_order"


async def test_an_older_task_of_the_visitor_waits_for_the_customers(bot: Bot) -> None:
    await bot.hears("where is my order 12345", customer=None)
    newer = await bot.hears("i want to change my e-mail address", customer=MARA)
    assert newer.task is not None
    assert await signs_in(bot)
    stopped = await bot.hears("never mind", customer=MARA)
    assert stopped.task is None or stopped.task.name != "track_order"


async def test_joining_twice_changes_nothing_more(bot: Bot) -> None:
    await bot.hears("where is my order 12345", customer=None)
    assert await signs_in(bot)
    before = await bot.services.dialogues.since(MARA, 0)
    assert await signs_in(bot)
    assert await bot.services.dialogues.since(MARA, 0) == before


async def test_a_join_that_broke_off_is_made_up_for(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.hears("where is my order 12345", customer=None)
    joins = bot.services.joins
    hand_over = joins.hand_over

    async def dies(_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(joins, "hand_over", dies)
    with pytest.raises(asyncio.CancelledError):
        await signs_in(bot)
    assert await bot.services.dialogues.since(MARA, 0) == []
    monkeypatch.setattr(joins, "hand_over", hand_over)
    await InboxReplay(bot.chain, bot.services, joins=joiner(bot)).run_once()
    assert "12345" in said(await bot.hears("and where is it?", customer=MARA))


async def test_what_another_person_was_shown_is_not_taken_along(bot: Bot) -> None:
    await bot.hears("where is my order 78903", customer=None)
    await bot.hears("jonas.lindberg@example.net", customer=None)
    await bot.hears(await bot.last_code(), customer=None)
    assert not await signs_in(bot)
    history = await bot.services.conversations.history(MARA, PageRequest(limit=10))
    assert history.items == []
    assert await bot.services.dialogues.since(MARA, 0) == []


async def test_not_even_when_the_proof_has_ended_with_its_session(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.hears("where is my order 78903", customer=None)
    await bot.hears("jonas.lindberg@example.net", customer=None)
    await bot.hears(await bot.last_code(), customer=None)
    with new_session(bot, monkeypatch):
        await bot.hears("hello", customer=None)
    tracker = await bot.agent.tracker_store.retrieve(VISITOR)
    assert tracker is not None
    assert tracker.get_slot(VERIFIED) is None
    assert not await signs_in(bot)
    history = await bot.services.conversations.history(MARA, PageRequest(limit=10))
    assert history.items == []


async def test_a_message_that_waited_is_answered_to_the_customer(bot: Bot) -> None:
    chats = bot.services.conversations
    late = InboundMessage(
        message_id="late",
        channel="web",
        conversation_id=VISITOR,
        text="what is your refund policy?",
    )
    await bot.hears("hello", customer=None)
    await chats.accept(late)
    claimed = await chats.claim_next(VISITOR)
    assert claimed is not None  # a process is at it, and loses its claim
    assert await signs_in(bot)
    assert await bot.chain.catch_up(MARA) == 1
    entries = (await chats.history(MARA, PageRequest(limit=20))).items
    assert [
        entry for entry in entries if entry.sender == "assistant" and entry.message_id == "late"
    ]


async def test_web_then_sms_then_voice_then_mail_is_one_dialogue(bot: Bot) -> None:
    await bot.services.customers.update(MARA, phone="+13125550987")
    begun = await bot.hears("i want to cancel an order", customer=MARA)
    assert begun.task is not None
    assert begun.task.step == "order_id"
    switch = await bot.services.reach.switch(MARA, "web", "sms", by="test")
    assert (switch.task, switch.step) == ("cancel_order", "order_id")
    identity = await bot.services.identities.resolve("phone", "+13125550987")
    assert identity.conversation_id == MARA
    asked = await bot.hears("12346", customer=MARA, **SMS)
    assert asked.task is not None
    assert asked.task.step == "identity_code"  # a number proves nothing
    by_sms = await bot.hears(await bot.last_code(), customer=MARA, **SMS)
    assert by_sms.task is not None
    assert by_sms.task.step == "confirmed"
    assert {reply.channel for reply in by_sms.replies} == {"sms"}
    asked = await bot.hears("yes", customer=MARA, **CALL)
    assert asked.task is not None
    assert asked.task.step == "identity_code"
    assert (await bot.services.orders.get("12346")).state != "cancelled"
    by_voice = await bot.hears(await bot.last_code(), customer=MARA, **CALL)
    assert {reply.channel for reply in by_voice.replies} == {"voice"}
    assert (await bot.services.orders.get("12346")).state == "cancelled"
    await bot.hears("let's go on by e-mail", customer=MARA, **CALL)
    customer = await bot.services.customers.get(MARA)
    sent = await bot.services.notifications.list(PageRequest(limit=20), customer_id=MARA)
    mailed = [item.kind for item in sent.items if item.address == customer.email]
    assert "channel_switch" in mailed
    by_mail = await bot.hears("thanks", customer=MARA, **MAIL)
    assert by_mail.conversation_id == MARA
    codes = [item.address for item in sent.items if item.kind == "one_time_code"]
    assert codes == [customer.email] * 2  # one for each address that proves nothing by itself
    transcript = "\n".join(bot.transcript).lower()
    assert transcript.count("which order") <= 1
    assert "e-mail address" not in transcript


async def test_a_code_given_by_text_message_opens_neither_a_call_nor_a_mail(bot: Bot) -> None:
    await bot.hears("where is my order 12345", customer=MARA, **SMS)
    assert "12345" in said(await bot.hears(await bot.last_code(), customer=MARA, **SMS))
    bot.clock.advance(seconds=60)
    for place in (CALL, OTHER_CALL, MAIL, {**SMS, "address": "+13125550000"}):
        asked = await bot.hears("where is my order 12345", customer=MARA, **place)
        assert asked.task is not None, place
        assert asked.task.step == "identity_code", place
        assert not any(reply.cards for reply in asked.replies)
        await bot.hears("never mind", customer=MARA, **place)
    again = await bot.hears("where is my order 12345", customer=MARA, **SMS)
    assert again.task is None or again.task.step != "identity_code"


async def test_each_address_keeps_its_own_proof_until_the_session_ends(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (SMS, CALL):
        await bot.hears("where is my order 12345", customer=MARA, **place)
        await bot.hears(await bot.last_code(), customer=MARA, **place)
        bot.clock.advance(seconds=60)
    for place in (SMS, CALL):
        told = await bot.hears("where is my order 12345", customer=MARA, **place)
        assert "code" not in said(told)
    bot.clock.advance(seconds=2 * 3600)
    with new_session(bot, monkeypatch):
        asked = await bot.hears("where is my order 12345", customer=MARA, **SMS)
    assert asked.task is not None
    assert asked.task.step == "identity_code"
    told = await bot.hears(await bot.last_code(), customer=MARA, **SMS)
    assert "12345" in said(told)


async def test_a_code_asked_for_by_an_address_goes_to_its_owner_alone(bot: Bot) -> None:
    mara = await bot.services.customers.get(MARA)
    asked = await bot.hears("where is my order 12345", customer=MARA, **SMS)
    assert str(mara.email) not in said(asked)
    assert "which e-mail" not in said(asked).lower()
    refused = await bot.hears("jonas.lindberg@example.net", customer=MARA, **SMS)
    assert refused.task is not None
    assert refused.task.step == "identity_code"
    await bot.services.notifications.deliver_due()
    sent = await bot.services.notifications.list(PageRequest(limit=20))
    assert [item.address for item in sent.items if item.kind == "one_time_code"] == [mara.email]


async def test_a_yes_from_an_unproven_address_does_not_act_for_the_owner(bot: Bot) -> None:
    await bot.hears("cancel my order 12346", customer=MARA)
    asked = await bot.hears("yes", customer=MARA, **CALL)
    assert asked.task is not None
    assert asked.task.step == "identity_code"
    at_home = await bot.hears("hello?", customer=MARA)
    assert at_home.task is not None
    assert at_home.task.step == "confirmed"
    assert (await bot.services.orders.get("12346")).state != "cancelled"
    await bot.hears("yes", customer=MARA)
    assert (await bot.services.orders.get("12346")).state == "cancelled"


async def test_what_was_said_in_private_is_not_repeated_elsewhere(bot: Bot) -> None:
    told = await bot.hears("where is my order 12345", customer=MARA)
    assert "12345" in said(told)
    for place in (SMS, CALL, {"channel": "web", "proven": False}):
        again = await bot.hears("can you repeat that?", customer=MARA, **place)
        assert "action_repeat" in again.actions
        assert said(again)
        assert "12345" not in said(again)
    await bot.hears("what is your refund policy?", customer=MARA, **SMS)
    policy = await bot.hears("can you repeat that?", customer=MARA, **SMS)
    assert "from delivery" in said(policy)
    assert "from delivery" in said(await bot.hears("can you repeat that?", customer=MARA))


async def test_an_answer_of_a_session_that_is_over_is_repeated_to_its_owner_only(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.hears("where is my order 12345", customer=MARA, **SMS)
    assert "12345" in said(await bot.hears(await bot.last_code(), customer=MARA, **SMS))
    with new_session(bot, monkeypatch):
        again = await bot.hears("can you repeat that?", customer=MARA, **SMS)
    assert "12345" not in said(again)


async def test_who_wants_to_go_on_by_phone_is_taken_up_when_they_call(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.services.settings, "twilio_from_number", "+12025550199")
    await bot.services.customers.update(MARA, phone="+13125550987")
    begun = await bot.hears("i want to cancel an order", customer=MARA)
    assert begun.task is not None
    answered = await bot.hears("let's go on by phone", customer=MARA)
    assert "+12025550199" in said(answered)
    stands = await bot.services.reach.going_on(MARA, "voice")
    assert stands is not None
    assert (stands.task, stands.step) == ("cancel_order", "order_id")
    await bot.hears("12346", customer=MARA, channel="voice")
    assert await bot.services.reach.going_on(MARA, "voice") is None


async def test_two_channels_at_the_same_time_are_answered_in_order_each_where_it_was_asked(
    bot: Bot,
) -> None:
    await bot.hears("hello", customer=MARA)
    results = await asyncio.gather(
        bot.hears("where is my order 12345", customer=MARA, channel="web"),
        bot.hears("what is your refund policy", customer=MARA, channel="sms"),
        bot.hears("thanks", customer=MARA, channel="email"),
    )
    for channel, result in zip(("web", "sms", "email"), results, strict=True):
        assert {reply.channel for reply in result.replies} == {channel}
    events = await bot.services.dialogues.since(MARA, 0)
    heard = [event["input_channel"] for event in events if event["event"] == "user"]
    assert heard == ["web", "web", "sms", "email"]


async def test_a_shared_phone_is_asked_who_is_there_and_the_code_goes_to_that_person(
    bot: Bot,
) -> None:
    household = ("user123", "user789")
    shared = {"customer": None, "channel": "sms", "household": household}
    asked = await bot.hears("where is my order 12345", **shared)
    assert "who's there" in said(asked)
    assert "12345" not in said(asked)
    mara = await bot.services.customers.get(MARA)
    told = await bot.hears(f"it's {mara.first_name}", **shared)
    assert str(mara.email) not in said(told)
    code = await bot.last_code()
    sent = await bot.services.notifications.list(PageRequest(limit=5), customer_id=MARA)
    assert [item.address for item in sent.items if item.kind == "one_time_code"] == [mara.email]
    assert "12345" in said(await bot.hears(code, **shared))


async def test_a_name_that_is_nobodys_there_gets_no_code(bot: Bot) -> None:
    shared = {"customer": None, "channel": "sms", "household": ("user123", "user789")}
    await bot.hears("where is my order 12345", **shared)
    await bot.hears("it's Rumpelstiltskin", **shared)
    with pytest.raises(AssertionError, match="no code"):
        await bot.last_code()
