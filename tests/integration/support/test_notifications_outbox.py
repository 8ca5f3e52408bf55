"""The outbox delivers each message once, keeps trying, gives up in the end, and keeps no secret."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from closer.kit.clock import FixedClock
from closer.kit.errors import Conflict, InvalidInput, ProviderError
from closer.kit.pagination import PageRequest
from closer.kit.wake import DELIVERY
from closer.notifications import templates
from closer.notifications.delivery import MAX_ATTEMPTS, delay_before
from closer.notifications.records import Content
from closer.notifications.service import NotificationService
from closer.notifications.tables import notifications
from closer.providers.base import OutboundMessage, ProviderHealth, ProviderReceipt
from closer.providers.sandbox_tables import sandbox_messages
from closer.services import Services

HELLO = Content("order_change", "Your order 1", "The body of it.", "Short.")


class Vendor:
    """A provider that does what it is told to."""

    name, channel = "vendor", "email"

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.sent: list[OutboundMessage] = []

    async def send(self, message: OutboundMessage) -> ProviderReceipt:
        await asyncio.sleep(0.01)
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(message)
        return ProviderReceipt(self.name, f"id-{len(self.sent)}")

    async def health(self) -> ProviderHealth:
        return ProviderHealth(self.name, self.channel, True)

    async def close(self) -> None:
        return None


def outbox(services: Services, vendor: Vendor) -> NotificationService:
    return NotificationService(
        services.db,
        services.settings,
        services.clock,
        services.person_keys,
        providers={"email": vendor, "sms": vendor},
    )


async def test_a_message_reaches_the_sandbox_when_no_vendor_is_configured(
    services: Services,
) -> None:
    await services.notifications.enqueue(HELLO, channel="email", address="ann@example.org")
    await services.notifications.enqueue(HELLO, channel="sms", address="+12025550123")
    report = await services.notifications.deliver_due()
    assert report.sent == 2
    texts = {m.channel: m.text for m in await services.sandbox.latest()}
    assert texts == {"email": "The body of it.", "sms": "Short."}
    assert (await services.notifications.deliver_due()).total == 0


async def test_the_sandbox_shows_one_address_when_asked(services: Services) -> None:
    await services.notifications.enqueue(HELLO, channel="email", address="Ann@example.org")
    await services.notifications.enqueue(HELLO, channel="email", address="ben@example.org")
    await services.notifications.deliver_due()
    [kept] = await services.sandbox.latest(address="ann@example.org")
    assert kept.address == "Ann@example.org"


async def test_the_same_key_is_stored_and_sent_once(services: Services) -> None:
    vendor = Vendor()
    box = outbox(services, vendor)
    ids = [
        await box.enqueue(HELLO, channel="email", address="a@example.org", idempotency_key="k")
        for _ in range(3)
    ]
    await box.deliver_due()
    assert len(set(ids)) == 1
    assert len(vendor.sent) == 1
    assert vendor.sent[0].idempotency_key == "k"


async def test_a_message_of_a_transaction_that_fails_is_never_sent(services: Services) -> None:
    vendor = Vendor()
    box = outbox(services, vendor)
    with pytest.raises(RuntimeError):
        async with services.db.transaction():
            await box.enqueue(HELLO, channel="email", address="a@example.org")
            raise RuntimeError
    await box.deliver_due()
    assert vendor.sent == []


async def test_delivery_is_kicked_once_the_transaction_has_committed(services: Services) -> None:
    heard = services.__dict__["redis"].heard
    async with services.db.transaction():
        await services.notifications.enqueue(HELLO, channel="email", address="a@example.org")
        assert heard == []
    assert heard == [DELIVERY]


async def test_several_processes_deliver_each_message_once(services: Services) -> None:
    vendor = Vendor()
    boxes = [outbox(services, vendor) for _ in range(3)]
    for number in range(12):
        await boxes[0].enqueue(HELLO, channel="email", address=f"p{number}@example.org")
    reports = await asyncio.gather(*(box.deliver_due() for box in boxes))
    assert sum(report.sent for report in reports) == 12
    assert len({message.to for message in vendor.sent}) == len(vendor.sent) == 12


async def test_a_failure_that_may_pass_is_tried_again_later(
    services: Services, clock: FixedClock
) -> None:
    vendor = Vendor(ProviderError("busy", retryable=True))
    box = outbox(services, vendor)
    kept = await box.enqueue(HELLO, channel="email", address="a@example.org")
    assert (await box.deliver_due()).retried == 1
    assert (await box.deliver_due()).total == 0
    assert (await box.get(kept)).next_attempt_at > clock.now()
    clock.advance(seconds=3)
    assert (await box.deliver_due()).sent == 1
    stored = await box.get(kept)
    assert (stored.state, stored.attempts, stored.provider_id) == ("sent", 2, "id-1")


async def test_a_vendor_that_asks_to_wait_is_left_alone_so_long(
    services: Services, clock: FixedClock
) -> None:
    box = outbox(services, Vendor(ProviderError("busy", retry_after=120)))
    kept = await box.enqueue(HELLO, channel="email", address="a@example.org")
    await box.deliver_due()
    assert (await box.get(kept)).next_attempt_at >= clock.now() + timedelta(seconds=120)


async def test_a_refusal_is_final(services: Services, clock: FixedClock) -> None:
    box = outbox(services, Vendor(ProviderError("opted out", retryable=False, code="opted_out")))
    kept = await box.enqueue(HELLO, channel="sms", address="+12025550123")
    assert (await box.deliver_due()).failed == 1
    clock.advance(days=1)
    assert (await box.deliver_due()).total == 0
    assert "opted_out" in str((await box.get(kept)).error)


async def test_what_fails_too_often_becomes_a_dead_letter_that_can_be_revived(
    services: Services, clock: FixedClock
) -> None:
    vendor = Vendor(*(ProviderError("down") for _ in range(MAX_ATTEMPTS)))
    box = outbox(services, vendor)
    kept = await box.enqueue(HELLO, channel="email", address="a@example.org")
    for _ in range(MAX_ATTEMPTS):
        await box.deliver_due()
        clock.advance(hours=2)
    assert (await box.get(kept)).state == "dead"
    assert [item.id for item in (await box.list(PageRequest(), states=("dead",))).items] == [kept]
    await box.retry(kept)
    assert (await box.deliver_due()).sent == 1
    with pytest.raises(Conflict):
        await box.retry(kept)


async def test_an_unexpected_failure_of_a_provider_is_tried_again(services: Services) -> None:
    box = outbox(services, Vendor(ValueError("bug")))
    await box.enqueue(HELLO, channel="email", address="a@example.org")
    assert (await box.deliver_due()).retried == 1


async def test_a_message_of_a_killed_process_goes_out_after_its_lease(
    services: Services, clock: FixedClock
) -> None:
    vendor = Vendor()
    box = outbox(services, vendor)
    await box.enqueue(HELLO, channel="email", address="a@example.org")
    async with services.db.transaction() as connection:
        await connection.execute(
            notifications.update().values(
                state="sending", owner="dead", lease_until=clock.now() + timedelta(seconds=60)
            )
        )
    assert (await box.deliver_due()).total == 0
    clock.advance(seconds=61)
    assert (await box.deliver_due()).sent == 1


async def test_a_message_is_not_sent_after_its_time(services: Services, clock: FixedClock) -> None:
    vendor = Vendor()
    box = outbox(services, vendor)
    code = templates.one_time_code("Shop", "123456", 10)
    kept = await box.enqueue(
        code,
        channel="email",
        address="a@example.org",
        expires_at=clock.now() + timedelta(minutes=10),
    )
    clock.advance(minutes=11)
    assert (await box.deliver_due()).dead == 1
    assert vendor.sent == []
    assert (await box.get(kept)).body is None


async def test_a_secret_is_wiped_once_it_was_sent(services: Services) -> None:
    box = outbox(services, Vendor())
    code = templates.one_time_code("Shop", "123456", 10)
    secret = await box.enqueue(code, channel="email", address="a@example.org")
    plain = await box.enqueue(HELLO, channel="email", address="a@example.org")
    await box.deliver_due()
    assert (await box.get(secret)).body is None
    assert (await box.get(plain)).body == "The body of it."


async def test_nothing_personal_lies_in_the_clear(services: Services) -> None:
    await services.notifications.enqueue(HELLO, channel="email", address="ann@example.org")
    await services.notifications.deliver_due()
    async with services.db.reading() as connection:
        for table in ("notifications", "sandbox_messages"):
            rows = (await connection.execute(text(f"SELECT * FROM {table}"))).all()
            assert rows
            assert "ann@example.org" not in str(rows)
            assert "The body" not in str(rows)


async def test_a_notification_needs_a_known_channel_and_an_address(services: Services) -> None:
    with pytest.raises(InvalidInput):
        await services.notifications.enqueue(HELLO, channel="pigeon", address="x")
    with pytest.raises(InvalidInput):
        await services.notifications.enqueue(HELLO, channel="email", address=" ")


async def test_erasing_a_customer_takes_their_messages_from_outbox_and_sandbox(
    services: Services, ann: str
) -> None:
    box = services.notifications
    await box.enqueue(HELLO, channel="email", address="ann@example.org", customer_id=ann)
    await box.enqueue(HELLO, channel="email", address="ben@example.org", customer_id="ben")
    await box.deliver_due()
    assert len(await box.export_personal(ann)) == 1
    assert await box.erase_personal(ann) == 1
    async with services.db.reading() as connection:
        left = (await connection.execute(select(sandbox_messages.c.address))).scalars().all()
    assert left == ["ben@example.org"]


async def test_old_messages_are_forgotten(services: Services, clock: FixedClock) -> None:
    await services.notifications.enqueue(HELLO, channel="email", address="a@example.org")
    await services.notifications.deliver_due()
    assert await services.notifications.purge() == 0
    clock.advance(days=91)
    assert await services.notifications.purge() == 1


def test_the_wait_doubles_with_jitter_and_ends_at_an_hour() -> None:
    for attempt, longest in ((1, 2), (2, 4), (5, 32), (20, 3600)):
        waits = {delay_before(attempt) for _ in range(50)}
        assert longest / 2 <= min(waits) <= max(waits) <= longest
        assert len(waits) > 1


async def test_who_lost_the_lease_does_not_overwrite_what_another_did(
    services: Services, clock: FixedClock
) -> None:
    class Slow(Vendor):
        """Answers after its lease has ended and another process has delivered."""

        async def send(self, message: OutboundMessage) -> ProviderReceipt:
            clock.advance(seconds=61)
            assert (await outbox(services, Vendor()).deliver_due()).sent == 1
            raise ProviderError("late", retryable=False)

    box = outbox(services, Slow())
    kept = await box.enqueue(HELLO, channel="email", address="a@example.org")
    await box.deliver_due()
    assert (await box.get(kept)).state == "sent"
