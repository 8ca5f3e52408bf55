"""Reaching customers: available channels, messages, going on elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from closer.kit.pagination import PageRequest
from closer.notifications.records import Notification
from closer.providers.sandbox import SandboxMessages
from tests.fakes.gateway import MARA, OLE, Door

CHANNELS = "/api/v1/channels"
NUMBER = "+12025550123"
READY = {
    "customer_id": MARA,
    "channel": "sms",
    "message": "Your order #12345 is ready for pickup.",
    "context": {"order_id": "12345", "status": "ready for pickup"},
}
SWITCH = {
    "customer_id": MARA,
    "current_channel": "web",
    "new_channel": "sms",
    "session_id": "session_xyz",
    "context": {
        "previous_messages": [
            {"message": "I want to track my order", "timestamp": "2023-09-21T12:00:00Z"}
        ]
    },
}


async def with_phone(door: Door, customer: str = MARA) -> None:
    await door.services.customers.update(customer, phone=NUMBER)


async def outbox(door: Door) -> list[Notification]:
    page = await door.services.notifications.list(PageRequest(limit=50))
    return list(page.items)


async def available(door: Door, token: str, **query: Any) -> dict[str, Any]:
    status, answer = await door.call("GET", f"{CHANNELS}/available", token=token, params=query)
    assert status == 200, answer
    return {item["channel"]: item for item in answer["channels"]}


async def send(door: Door, **changes: Any) -> tuple[int, Any]:
    token = changes.pop("token", None) or door.token("service")
    return await door.call("POST", f"{CHANNELS}/send", {**READY, **changes}, token=token)


async def test_each_channel_says_whether_and_why_not(door: Door) -> None:
    before = await available(door, door.token("service"), customer_id=MARA)
    assert set(before) == {"web", "mobile", "sms", "voice", "email", "alexa"}
    assert (before["sms"]["available"], before["sms"]["reason"]) == (False, "no_address")
    assert (before["email"]["available"], before["email"]["address"]) == (True, "m•••@example.org")
    await with_phone(door)
    await door.services.contact_consents.record("sms", NUMBER, granted=False, source="msg:1")
    await door.services.contact_consents.record(
        "email", "mara@example.org", granted=True, source="x"
    )
    after = await available(door, door.token("customer", MARA))
    assert (after["sms"]["reason"], after["sms"]["consent"]) == ("opted_out", "opted_out")
    assert after["sms"]["address"] == "•••• 23"
    assert after["voice"]["reason"] == "not_configured"
    assert after["web"]["available"]


async def test_last_use_and_current_channel_follow_the_conversation(door: Door) -> None:
    await with_phone(door)
    token = door.token("service")
    body = {"customer_id": MARA, "channel": "email", "message": "hello"}
    await door.call("POST", f"{CHANNELS}/receive", body, token=token)
    channels = await available(door, token, customer_id=MARA)
    assert channels["email"]["last_used_at"]
    assert [name for name, item in channels.items() if item["current"]] == ["email"]
    await door.call("POST", f"{CHANNELS}/switch", SWITCH, token=token)
    channels = await available(door, token, customer_id=MARA)
    assert [name for name, item in channels.items() if item["current"]] == ["sms"]


async def test_failing_deliveries_are_seen_as_a_sick_provider(door: Door) -> None:
    class Down:
        name, channel = "twilio", "sms"

        async def send(self, _: Any) -> Any:
            from closer.kit.errors import ProviderError

            raise ProviderError("the vendor is down")

        async def close(self) -> None:
            """Nothing is open."""

    await with_phone(door)
    door.services.notifications._chosen = {"sms": Down()}  # type: ignore[dict-item]
    for number in range(3):
        assert (await send(door, message=f"message {number}"))[0] == 200
    await door.services.notifications.deliver_due()
    # One line waits in order to each address; each try of the first counts once.
    state = (await available(door, door.token("service"), customer_id=MARA))["sms"]["provider"]
    assert state["name"] == "twilio"
    assert "failed lately" in state["detail"]


async def test_message_goes_out_once_and_tells_what_became_of_it(door: Door) -> None:
    await with_phone(door)
    status, first = await send(door, idempotency_key="pickup-12345")
    assert status == 200, first
    assert (first["status"], first["repeated"], first["address"]) == ("queued", False, "•••• 23")
    _, second = await send(door, idempotency_key="pickup-12345")
    assert (second["message_id"], second["repeated"]) == (first["message_id"], True)
    await door.services.notifications.deliver_due()
    sent = await SandboxMessages(door.services.db).latest()
    assert [message.text for message in sent] == [READY["message"]]
    path = f"{CHANNELS}/messages/{first['message_id']}"
    _, read = await door.call("GET", path, token=door.token("service"))
    assert (read["status"], read["context"]) == ("sent", READY["context"])
    [notification] = await outbox(door)
    await door.services.notifications.report_status(
        str(notification.provider), str(notification.provider_id), "delivered"
    )
    _, read = await door.call("GET", path, token=door.token("customer", MARA))
    assert read["status"] == "delivered"


async def test_same_key_for_another_message_is_refused(door: Door) -> None:
    await with_phone(door)
    await send(door, idempotency_key="k1")
    status, problem = await send(door, idempotency_key="k1", message="Something else")
    assert (status, problem["code"]) == (409, "idempotency_key_reused")
    # Another caller's keys are another's.
    status, _ = await send(door, idempotency_key="k1", token=door.token("agent", subject="a7"))
    assert status == 200
    assert len(await outbox(door)) == 2


async def test_refusals_say_why(door: Door) -> None:
    assert (await send(door))[1]["code"] == "no_address"
    await with_phone(door)
    assert (await send(door, purpose="marketing"))[1]["code"] == "no_consent"
    await door.services.contact_consents.record("sms", NUMBER, granted=False, source="msg:1")
    status, problem = await send(door)
    assert (status, problem["code"], problem["channel"]) == (409, "opted_out", "sms")
    assert "opted out" in problem["detail"]
    assert (await send(door, channel="voice"))[1]["code"] == "channel_cannot_begin"
    assert (await send(door, customer_id="nobody"))[0] == 404
    await door.services.customers.close_account(MARA, by="test")
    assert (await send(door, channel="web"))[1]["code"] == "account_closed"
    assert await outbox(door) == []


async def test_proactive_mail_can_be_left_by_one_click(door: Door) -> None:
    assert (await send(door, channel="email"))[0] == 200
    [mail] = await outbox(door)
    assert mail.address == "mara@example.org"
    assert mail.subject.startswith("Your order 12345: a message from ")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_proactive_text_messages_look_like_answers(door: Door) -> None:
    await with_phone(door)
    public = door.services.settings.public_url.rstrip("/")
    link = f"{public}/orders/12345?from=message&step=pickup&place=store"
    text = f"Your order is **ready**: {link} . " + "Bring the code and a card. " * 20
    status, first = await send(door, message=text, idempotency_key="long")
    assert status == 200
    pieces = [item for item in reversed(await outbox(door)) if item.kind == "proactive"]
    texts = [str(item.body) for item in pieces]
    assert len(texts) == 2
    assert max(map(len, texts)) <= 320
    assert texts[0].startswith(f"Your order is ready: {public}/s/")
    assert link not in texts[0]
    path = f"{CHANNELS}/messages/{first['message_id']}"
    await door.services.notifications.deliver_due()
    _, read = await door.call("GET", path, token=door.token("service"))
    assert read["status"] == "sent"
    assert (await send(door, message=text, idempotency_key="long"))[1]["repeated"]
    assert len(await outbox(door)) == 2


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_what_still_waits_is_not_sent_after_an_opt_out(door: Door, channel: str) -> None:
    await with_phone(door)
    assert (await send(door, channel=channel))[0] == 200
    [waiting] = await outbox(door)
    await door.services.contact_consents.record(
        channel, waiting.address, granted=False, source="msg:1"
    )
    await door.services.notifications.deliver_due()
    [item] = await outbox(door)
    assert item.state == "failed"
    assert str(item.error).startswith("opted_out")
    assert await SandboxMessages(door.services.db).latest() == []


async def test_message_into_the_chat_is_shown_there_at_once(door: Door) -> None:
    socket = await door.socket(door.token("customer", MARA))
    await socket.next("welcome")
    _, answer = await send(door, channel="web")
    entry = await socket.entry("assistant")
    assert (entry["text"], answer["status"]) == (READY["message"], "posted")
    assert await outbox(door) == []


@pytest.mark.parametrize("role", ["customer", "visitor", "trainer"])
async def test_only_services_and_staff_send(door: Door, role: str) -> None:
    whose = MARA if role == "customer" else None
    assert (await send(door, token=door.token(role, whose)))[0] == 403


async def test_switch_announces_itself_on_the_new_channel(door: Door) -> None:
    await with_phone(door)
    token = door.token("service")
    status, answer = await door.call("POST", f"{CHANNELS}/switch", SWITCH, token=token)
    assert status == 200, answer
    assert (answer["channel"], answer["previous_channel"]) == ("sms", "web")
    assert answer["conversation_id"] == MARA
    assert "I want to track my order" in answer["announcement"]
    [sms] = await outbox(door)
    assert (sms.address, sms.kind) == (NUMBER, "channel_switch")
    assert "I want to track my order" in str(sms.body)


async def test_switch_tells_the_task_and_puts_its_question_again(door: Door) -> None:
    await with_phone(door)
    log, chats = door.services.dialogues, door.services.conversations
    events = [
        {"event": "active_loop", "name": "track_order_form", "timestamp": 1.0},
        {"event": "slot", "name": "category", "value": "lamps", "timestamp": 1.0},
        {"event": "slot", "name": "requested_slot", "value": "order_id", "timestamp": 1.0},
    ]
    await log.append(MARA, 0, events)
    asked = chats.entry("assistant", "web", text="Gladly. What is the number of your order?")
    await chats.append(MARA, [asked])
    token = door.token("customer", MARA)
    _, answer = await door.call("POST", f"{CHANNELS}/switch", SWITCH, token=token)
    assert answer["task"] == {"name": "track_order", "step": "order_id"}
    assert answer["kept"] == ["category"]
    assert "tracking your order" in answer["announcement"]
    assert answer["announcement"].endswith("What is the number of your order?")


async def test_repeated_switch_is_announced_once(door: Door) -> None:
    await with_phone(door)
    token = door.token("service")
    body = {**SWITCH, "idempotency_key": "s1"}
    answers = [(await door.call("POST", f"{CHANNELS}/switch", body, token=token))[1] for _ in "ab"]
    assert answers[0]["switch_id"] == answers[1]["switch_id"]
    assert answers[0]["announcement"] == answers[1]["announcement"]
    assert [answer["repeated"] for answer in answers] == [False, True]
    assert len(await outbox(door)) == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"new_channel": "web"}, "same_channel"),
        ({"new_channel": "sms"}, "no_address"),
        ({"new_channel": "alexa"}, "no_address"),
        ({"new_channel": "voice"}, "not_configured"),
        ({"new_channel": "mobile", "session_id": OLE}, "session_of_another"),
        ({"new_channel": "mobile", "session_id": "vis_of-somebody"}, "session_of_another"),
    ],
)
async def test_switch_is_refused_with_a_reason(
    door: Door, changes: dict[str, str], code: str
) -> None:
    token = door.token("service")
    status, problem = await door.call("POST", f"{CHANNELS}/switch", SWITCH | changes, token=token)
    assert (status, problem["code"]) == (409, code)


async def test_a_session_name_stays_with_its_first_customer(door: Door) -> None:
    token, there = door.token("service"), {"new_channel": "mobile"}
    assert (await door.call("POST", f"{CHANNELS}/switch", SWITCH | there, token=token))[0] == 200
    body = SWITCH | there | {"customer_id": OLE}
    status, problem = await door.call("POST", f"{CHANNELS}/switch", body, token=token)
    assert (status, problem["code"]) == (409, "session_of_another")


@pytest.mark.parametrize("channel", ["sms", "email"])
async def test_an_opt_out_holds_at_once_and_only_the_person_takes_it_back(
    door: Door, channel: str
) -> None:
    await with_phone(door)
    body = {"customer_id": MARA, "channel": channel, "granted": False}
    agent, own = door.token("agent"), door.token("customer", MARA)
    status, state = await door.call("PUT", f"{CHANNELS}/consent", body, token=agent)
    assert (status, state["consent"], state["available"]) == (200, "opted_out", False)
    assert (await send(door, channel=channel))[1]["code"] == "opted_out"
    back = {**body, "granted": True}
    status, problem = await door.call("PUT", f"{CHANNELS}/consent", back, token=agent)
    assert (status, problem["code"]) == (403, "consent_is_the_persons")
    _, state = await door.call("PUT", f"{CHANNELS}/consent", back, token=own)
    assert state["consent"] == "allowed"
    assert (await send(door, channel=channel))[0] == 200


async def test_advertising_needs_consent_of_its_own(door: Door) -> None:
    body = {"channel": "email", "purpose": "marketing", "granted": True}
    token = door.token("customer", MARA)
    assert (await send(door, channel="email", purpose="marketing"))[1]["code"] == "no_consent"
    _, state = await door.call("PUT", f"{CHANNELS}/consent", body, token=token)
    assert state["marketing"] is True
    assert (await send(door, channel="email", purpose="marketing"))[0] == 200
