"""Replies by text message on their way: sent once, reported in any order, stopped by an opt-out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio

from channels.sms import SmsInput
from closer.conversations.service import MAX_ATTEMPTS
from closer.kit.errors import Unavailable
from closer.notifications.records import Content
from tests.fakes.connectors import Line, connected
from tests.fakes.redis_server import running_redis
from tests.fakes.twilio_caller import sms
from tests.fakes.vendors import Answer, FakeVendors, fake_vendors

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANN, STATUS = "+12025550123", "/webhooks/sms/status"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[Line, FakeVendors]]:
    with running_redis() as redis:
        async with (
            fake_vendors() as vendors,
            connected(
                tmp_path_factory.mktemp("delivery"),
                redis,
                SmsInput(),
                twilio_account_sid=vendors.sid,
                twilio_auth_token=vendors.token,
                twilio_from_number="+12025550188",
                twilio_api_url=vendors.url,
            ) as line,
        ):
            yield line, vendors


@pytest_asyncio.fixture(loop_scope="module")
async def line(running: tuple[Line, FakeVendors]) -> Line:
    line, vendors = running
    await line.fresh()
    vendors.sms, vendors.answers, vendors.violations = [], [], []
    vendors.hang_ups = 0
    await line.services.customers.create(customer_id="ann", name="Ann Lee", phone=ANN)
    return line


@pytest.fixture
def vendors(running: tuple[Line, FakeVendors]) -> FakeVendors:
    return running[1]


def callback(vendors: FakeVendors, number: int = -1) -> str:
    """Return where the vendor was asked to report on a message, without the host."""
    return vendors.sms[number]["StatusCallback"][0].removeprefix("https://shop.example")


async def report(line: Line, sid: str, status: str, path: str = STATUS, **more: str) -> int:
    fields = {
        "MessageSid": sid,
        "SmsSid": sid,
        "MessageStatus": status,
        "SmsStatus": status,
        "To": ANN,
        "From": "+12025550199",
        "AccountSid": "AC" + "1" * 32,
        "ApiVersion": "2010-04-01",
        **more,
    }
    return (await line.twilio(path, fields))[0]


async def state(line: Line, number: int = 0) -> tuple[str, str | None]:
    item = (await line.outbox())[number]
    return item.state, item.error


async def test_a_reply_leaves_from_the_number_that_was_written_to(
    line: Line, vendors: FakeVendors
) -> None:
    line.echo.reply = lambda _, text: [{"text": "It’s **on its way**"}]
    await line.text("where is it", ANN)
    await line.services.notifications.deliver_due()
    await line.services.notifications.deliver_due()
    assert vendors.violations == []
    assert vendors.sms == [
        {
            "To": [ANN],
            "From": ["+12025550199"],
            "Body": ["It's on its way"],
            "StatusCallback": [f"https://shop.example{callback(vendors)}"],
        }
    ]
    assert callback(vendors).startswith(f"{STATUS}?key=reply:")


async def test_reports_come_in_any_order_and_never_lead_back(
    line: Line, vendors: FakeVendors
) -> None:
    await line.text("hi", ANN)
    await line.services.notifications.deliver_due()
    sid = (await line.outbox())[0].provider_id
    assert sid is not None
    for status in ("delivered", "sending", "sent", "queued", "delivered"):
        assert await report(line, sid, status) == 200
        assert (await state(line))[0] == "delivered"
    await report(line, sid, "read")
    assert (await state(line))[0] == "read"


async def test_a_report_that_comes_before_the_receipt_is_kept(
    line: Line, vendors: FakeVendors
) -> None:
    assert await report(line, "SM" + f"{1:032x}", "undelivered", ErrorCode="30003") == 200
    await line.text("hi", ANN)
    await line.services.notifications.deliver_due()
    assert await state(line) == ("undelivered", "30003")


@pytest.mark.parametrize(
    ("status", "becomes"), [("queued", "sent"), ("sent", "sent"), ("delivered", "delivered")]
)
async def test_a_message_whose_acceptance_was_lost_is_settled_by_its_report(
    line: Line, vendors: FakeVendors, status: str, becomes: str
) -> None:
    vendors.hang_ups = 1
    await line.text("hi", ANN)
    assert (await line.services.notifications.deliver_due()).retried == 1
    assert (await state(line))[0] == "pending"
    sid = f"SM{1:032x}"
    assert await report(line, sid, status, callback(vendors)) == 200
    assert (await state(line))[0] == becomes
    assert await report(line, sid, "read") == 200  # from now on it is known by the vendor's id
    assert (await state(line))[0] == "read"
    assert len(vendors.sms) == 1


async def test_a_forged_report_changes_nothing(line: Line) -> None:
    await line.text("hi", ANN)
    await line.services.notifications.deliver_due()
    status, _, _ = await line.post(
        STATUS,
        b"MessageSid=SM00000000000000000000000000000001&MessageStatus=failed",
        {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "x"},
    )
    assert status == 403
    assert (await state(line))[0] == "sent"


async def test_a_refusal_because_of_an_opt_out_is_remembered(
    line: Line, vendors: FakeVendors
) -> None:
    vendors.answers = [Answer(400, {"code": 21610, "message": "Unsubscribed", "status": 400})]
    await line.text("hi", ANN)
    await line.services.notifications.deliver_due()
    assert await state(line) == ("failed", "opted_out: the person has opted out")
    assert not await line.services.contact_consents.allowed("sms", ANN)
    assert (await line.services.compliance.consents("ann"))["marketing_sms"] is False


async def test_an_opt_out_reported_later_is_remembered_too(line: Line) -> None:
    await report(line, "SM" + "a" * 32, "failed", ErrorCode="21610")
    assert not await line.services.contact_consents.allowed("sms", ANN)


async def test_what_waits_is_not_sent_after_an_opt_out_but_its_confirmation_is(
    line: Line, vendors: FakeVendors
) -> None:
    news = Content("newsletter", "News", "News of the week")
    await line.services.notifications.enqueue(news, channel="sms", address=ANN)
    await line.text("please stop texting me", ANN)
    await line.services.notifications.deliver_due()
    assert [message["Body"][0][:30] for message in vendors.sms] == [
        "Northlight: You are unsubscrib"
    ]
    assert await state(line) == ("failed", "opted_out: the person has opted out")


async def test_a_busy_vendor_gets_its_pause(line: Line, vendors: FakeVendors) -> None:
    vendors.answers = [Answer(429, {"code": 20429}, {"Retry-After": "60"})]
    await line.text("hi", ANN)
    began = line.services.clock.now()
    await line.services.notifications.deliver_due()
    [item] = await line.outbox()
    assert item.state == "pending"
    assert (item.next_attempt_at - began).total_seconds() >= 60
    assert vendors.sms == []


async def test_who_waits_for_an_answer_that_cannot_be_given_is_told(line: Line) -> None:
    def fail(*_: object) -> list[dict[str, str]]:
        raise ValueError("a bug")

    line.echo.reply = fail  # type: ignore[assignment]
    fields = sms("hello", ANN)
    await line.twilio("/webhooks/sms/inbound", fields)
    await line.idle()
    for _ in range(MAX_ATTEMPTS):
        with suppress(Unavailable):
            await line.chain.catch_up("ann")
    [item] = await line.outbox()
    assert item.body is not None
    assert "went wrong" in item.body
    assert len(line.echo.read) == MAX_ATTEMPTS


async def test_pictures_of_a_reply_go_along(line: Line, vendors: FakeVendors) -> None:
    line.echo.reply = lambda *_: [
        {"text": "Here it is", "image": {"url": "https://shop.example/label.png", "alt": "Label"}}
    ]
    await line.text("my label", ANN)
    await line.services.notifications.deliver_due()
    assert vendors.sms[0]["MediaUrl"] == ["https://shop.example/label.png"]
    assert vendors.violations == []
