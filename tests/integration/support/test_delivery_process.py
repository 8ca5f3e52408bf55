"""Delivery: in order to each address, many at once, a slow vendor holds up nobody else; vendors' reports in any order."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

import pytest

from closer.kit.clock import FixedClock
from closer.kit.errors import InvalidInput, NotFound, ProviderError
from closer.kit.redis import connect_redis
from closer.kit.wake import Bell
from closer.notifications import delivery
from closer.notifications.records import Content
from closer.notifications.service import NotificationService
from closer.providers.base import MessageProvider, OutboundMessage, ProviderHealth, ProviderReceipt
from closer.services import Services
from closer.worker.delivery import deliver
from tests.fakes.redis_server import running_redis

REPLY = Content("reply", "", "Hello")


class Vendor:
    """A provider that takes its time and notes what arrives.

    Attributes:
        fails: Raised once for a text.
    """

    def __init__(self, channel: str, seconds: float = 0.0) -> None:
        self.name, self.channel = f"{channel}-vendor", channel
        self.seconds = seconds
        self.arrived: list[OutboundMessage] = []
        self.fails: dict[str, ProviderError] = {}
        self.busy = self.most_at_once = 0
        self.answers = asyncio.Event()
        self.answers.set()

    async def send(self, message: OutboundMessage) -> ProviderReceipt:
        self.busy += 1
        self.most_at_once = max(self.most_at_once, self.busy)
        await asyncio.sleep(self.seconds)
        await self.answers.wait()
        self.busy -= 1
        if message.text in self.fails:
            raise self.fails.pop(message.text)
        self.arrived.append(message)
        return ProviderReceipt(self.name, f"{self.channel}-{message.idempotency_key}")

    async def health(self) -> ProviderHealth:
        return ProviderHealth(self.name, self.channel, True)

    async def close(self) -> None:
        return None


def box_with(services: Services, **providers: MessageProvider) -> NotificationService:
    return NotificationService(
        services.db, services.settings, services.clock, services.person_keys, providers=providers
    )


async def test_messages_to_one_address_arrive_in_order_also_when_one_has_to_be_tried_again(
    services: Services, clock: FixedClock
) -> None:
    vendor = Vendor("sms")
    vendor.fails["1"] = ProviderError("busy")
    box = box_with(services, sms=vendor)
    for number in range(4):
        content = Content("reply", "", str(number))
        await box.enqueue(content, channel="sms", address="+12025550123", conversation_id="ann")
    await box.enqueue(Content("reply", "", "other"), channel="sms", address="+12025550199")
    assert (await box.deliver_due()).retried == 1
    assert sorted(m.text for m in vendor.arrived) == ["0", "other"]
    clock.advance(seconds=3)
    assert (await box.deliver_due()).sent == 3
    to_ann = [m.text for m in vendor.arrived if m.to == "+12025550123"]
    assert to_ann == ["0", "1", "2", "3"]


async def test_a_reply_takes_all_that_a_channel_needs_to_the_vendor(services: Services) -> None:
    vendor = Vendor("email")
    box = box_with(services, email=vendor)
    kept = await box.enqueue(
        Content("reply", "Re: my order", "Text"),
        channel="email",
        address="ann@example.org",
        conversation_id="ann",
        html="<p>Text</p>",
        headers={"In-Reply-To": "<1@example.org>"},
        media_urls=["https://shop.example/a.png"],
        from_address="help+ann@shop.example",
    )
    await box.deliver_due()
    [sent] = vendor.arrived
    assert (sent.subject, sent.html, sent.from_address) == (
        "Re: my order",
        "<p>Text</p>",
        "help+ann@shop.example",
    )
    assert sent.headers["In-Reply-To"] == "<1@example.org>"
    assert sent.headers["Message-ID"].endswith(
        "@northlight.example>"
    )  # and ours, by which answers are known
    assert sent.media_urls == ("https://shop.example/a.png",)
    assert (await box.get(kept)).conversation_id == "ann"


@pytest.fixture
async def running(services: Services) -> AsyncIterator[Callable[[], None]]:
    """Starts the delivery process's work in this loop, with a real Redis to wake it."""
    tasks: list[asyncio.Task[None]] = []
    with running_redis() as server:
        services.__dict__["redis"] = connect_redis(server.url)
        stopping = asyncio.Event()
        yield lambda: tasks.append(asyncio.create_task(deliver(services, stopping)))
        stopping.set()
        await asyncio.gather(*tasks)
        await services.redis.close()
        services.__dict__["redis"] = connect_redis(server.url)


async def test_the_process_is_woken_at_once_and_a_slow_vendor_holds_up_nobody_else(
    services: Services, running: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_POLL_S", 600.0)  # only the bell wakes it
    slow, quick = Vendor("sms"), Vendor("email")
    slow.answers.clear()
    box = box_with(services, sms=slow, email=quick)
    box._kick = Bell(services.redis, "closer:wake:delivery").ring
    services.__dict__["notifications"] = box
    running()
    await _until(lambda: _listening(services))
    for number in range(40):
        await box.enqueue(REPLY, channel="sms", address=f"+1202555{number:04d}")
    await _until(lambda: _true(slow.busy == 40))
    await box.enqueue(REPLY, channel="email", address="ann@example.org")
    await _until(lambda: _true(len(quick.arrived) == 1))
    assert slow.busy == 40
    slow.answers.set()
    await _until(lambda: _sent(box, 41))
    assert slow.most_at_once == 40
    assert len({message.to for message in slow.arrived}) == 40


async def test_no_more_than_the_limit_are_sent_by_one_provider(services: Services) -> None:
    services.settings.delivery_per_provider = 3
    vendor = Vendor("sms", 0.02)
    box = box_with(services, sms=vendor)
    for number in range(12):
        await box.enqueue(REPLY, channel="sms", address=f"+1202555{number:04d}")
    assert (await box.deliver_due()).sent == 12
    assert vendor.most_at_once == 3


async def test_reports_in_any_order_end_in_the_weightiest(
    services: Services, clock: FixedClock
) -> None:
    vendor = Vendor("sms")
    box = box_with(services, sms=vendor)
    kept = await box.enqueue(REPLY, channel="sms", address="+12025550123", idempotency_key="k")
    await box.deliver_due()
    for status, state in (
        ("read", "read"),
        ("delivered", "read"),
        ("sent", "read"),
        ("undelivered", "read"),
    ):
        assert await box.report_status("sms-vendor", "sms-k", status, clock.now())
        assert (await box.get(kept)).state == state
    with pytest.raises(InvalidInput):
        await box.report_status("sms-vendor", "sms-k", "vanished")


async def test_a_report_that_is_quicker_than_our_own_record_is_not_lost(
    services: Services, clock: FixedClock
) -> None:
    vendor = Vendor("sms")
    box = box_with(services, sms=vendor)
    kept = await box.enqueue(REPLY, channel="sms", address="+12025550123", idempotency_key="k")
    assert not await box.report_status("sms-vendor", "sms-k", "undelivered", clock.now(), "30003")
    assert not await box.report_status("sms-vendor", "sms-k", "sent", clock.now())
    await box.deliver_due()
    stored = await box.get(kept)
    assert (stored.state, stored.error, stored.status_at) == ("undelivered", "30003", clock.now())
    assert not await box.report_status("sms-vendor", "nobody-knows", "delivered", clock.now())
    clock.advance(days=2)
    await box.deliver_due()
    clock.advance(days=2)
    assert not await box.report_status("sms-vendor", "nobody-knows", "read", clock.now())


LOST = ProviderError("no answer in time", outcome_unknown=True)


async def test_what_may_have_been_taken_is_held_for_a_report_before_it_is_sent_again(
    services: Services, clock: FixedClock
) -> None:
    vendor = Vendor("sms")
    vendor.fails["Hello"] = LOST
    box = box_with(services, sms=vendor)
    await box.enqueue(REPLY, channel="sms", address="+12025550123", idempotency_key="k")
    assert (await box.deliver_due()).retried == 1
    clock.advance(seconds=55)
    assert (await box.deliver_due()).total == 0
    clock.advance(seconds=6)
    assert (await box.deliver_due()).sent == 1
    assert len(vendor.arrived) == 1


async def test_a_report_by_our_key_settles_what_was_cut_off(
    services: Services, clock: FixedClock
) -> None:
    vendor = Vendor("email")
    vendor.fails = dict.fromkeys(("Hello", "secret", "last"), LOST)
    box = box_with(services, email=vendor)
    contents = {
        "reply": REPLY,
        "one_time_code": Content("one_time_code", "s", "secret"),
        "privacy_erased": Content("privacy_erased", "s", "last"),
    }
    ids = [
        await box.enqueue(
            content, channel="email", address=f"{kind}@example.org", idempotency_key=kind
        )
        for kind, content in contents.items()
    ]
    at = clock.now()
    assert not await box.report_status("v", "id-reply", "sent", at, key="reply")  # not sent yet
    await box.deliver_due()
    for kind in contents:
        assert not await box.report_status("v", f"id-{kind}", "sent", at, key="another")
        assert await box.report_status("v", f"id-{kind}", "sent", at, key=kind)
    reply, code = await box.get(ids[0]), await box.get(ids[1])
    assert (reply.state, reply.provider_id, reply.sent_at) == ("sent", "id-reply", at)
    assert (reply.body, code.state, code.body) == ("Hello", "sent", None)
    with pytest.raises(NotFound):
        await box.get(ids[2])
    clock.advance(hours=2)
    assert (await box.deliver_due()).total == 0
    assert vendor.arrived == []


async def test_a_report_during_the_sending_settles_it_too(
    services: Services, clock: FixedClock
) -> None:
    vendor = Vendor("sms")
    vendor.answers.clear()
    vendor.fails["Hello"] = LOST
    box = box_with(services, sms=vendor)
    kept = await box.enqueue(REPLY, channel="sms", address="+12025550123", idempotency_key="k")
    sending = asyncio.create_task(box.deliver_due())
    await _until(lambda: _true(vendor.busy == 1))
    assert await box.report_status("sms-vendor", "id", "delivered", clock.now(), key="k")
    vendor.answers.set()
    await sending
    stored = await box.get(kept)
    assert (stored.state, stored.error) == ("delivered", None)


async def test_reports_of_two_vendors_do_not_mix(services: Services, clock: FixedClock) -> None:
    box = box_with(services, sms=Vendor("sms"))
    kept = await box.enqueue(REPLY, channel="sms", address="+12025550123", idempotency_key="k")
    await box.deliver_due()
    assert not await box.report_status("other", "sms-k", "failed", clock.now())
    assert (await box.get(kept)).state == "sent"


async def test_what_concerns_an_erased_person_is_not_sent(
    services: Services, clock: FixedClock
) -> None:
    vendor = Vendor("sms")
    box = box_with(services, sms=vendor)
    await box.enqueue(REPLY, channel="sms", address="+12025550123", conversation_id="vis_1")
    await services.person_keys.erase("vis_1")
    assert (await box.deliver_due()).total == 0
    assert vendor.arrived == []
    assert await box.counts() == {}


async def _until(true: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not await true():  # type: ignore[misc]
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


async def _true(value: bool) -> bool:
    return value


async def _sent(box: NotificationService, count: int) -> bool:
    return await box.counts() == {"sent": count}


async def _listening(services: Services) -> bool:
    with contextlib.suppress(OSError):
        [(_, listeners)] = await services.redis.pubsub_numsub("closer:wake:delivery")
        return bool(listeners)
    return False
