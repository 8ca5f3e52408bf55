"""Threats, opt-outs by address and media on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone

import pytest

from closer.conversations.turn import Media
from closer.kit.clock import FixedClock
from closer.kit.db import Database
from closer.kit.errors import Unavailable
from closer.kit.person_keys import PersonKeys
from closer.kit.settings import get_settings
from closer.messaging.media import PATH, MediaStore
from closer.security.threats import ThreatLog
from closer.services import Services

NOW = datetime(2026, 3, 10, 10, 30, tzinfo=timezone.utc)
ANN = "+12025550123"


@pytest.fixture
async def services(database_url: str, db: Database) -> AsyncIterator[Services]:
    made = Services(get_settings().copy(update={"database_url": database_url}), FixedClock(NOW))
    await made.customers.create(customer_id="ann", name="Ann Lee", phone=ANN)
    yield made
    await made.close()


async def test_threats_of_an_hour_are_one_row(db: Database) -> None:
    clock = FixedClock(NOW)
    log = ThreatLog(db, clock, pause_s=0)
    for number in range(5):
        log.note("forged_webhook", "sms:203.0.113.9", f"reason {number}")
    await log.flush()
    log.note("forged_webhook", "sms:203.0.113.9", "the last one")
    log.note("oversized_webhook", "sms:203.0.113.9")
    await log.close()
    found = await log.recent(since=NOW - timedelta(minutes=1))
    assert [(item.kind, item.count) for item in found] == [
        ("forged_webhook", 6),
        ("oversized_webhook", 1),
    ]
    assert found[0].evidence == "the last one"
    clock.advance(hours=1)
    log.note("forged_webhook", "sms:203.0.113.9")
    await log.close()
    assert len(await log.recent(since=NOW, kind="forged_webhook")) == 2


async def test_threats_are_kept_while_the_database_is_away(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = ThreatLog(db, FixedClock(NOW), pause_s=60)

    async def away(*_: object) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(log, "_add", away)
        log.note("forged_webhook", "sms:203.0.113.9")
        with pytest.raises(Unavailable):
            await log.flush()
    await log.close()
    assert [item.count for item in await log.recent(since=NOW)] == [1]


async def test_a_flood_of_sources_is_counted_together(db: Database) -> None:
    log = ThreatLog(db, FixedClock(NOW), pause_s=60)
    for number in range(1500):
        log.note("forged_webhook", f"sms:{number}")
    await log.close()
    found = await log.recent(since=NOW, limit=2000)
    assert len(found) == 1001
    assert sum(item.count for item in found) == 1500


async def test_the_last_word_about_an_address_holds(services: Services) -> None:
    contacts = services.contact_consents
    assert await contacts.allowed("sms", ANN)
    assert await contacts.record("sms", ANN, granted=False, source="msg:1", customer_id="ann")
    assert await contacts.record("sms", ANN, granted=False, source="msg:1", customer_id="ann")
    assert not await contacts.record("sms", ANN, granted=False, source="msg:2", customer_id="ann")
    assert not await contacts.allowed("sms", ANN)
    assert await contacts.allowed("email", ANN)
    assert not await contacts.may_send("sms", ANN, "reply")
    assert await contacts.may_send("sms", ANN, "consent_notice")
    assert await contacts.record("sms", ANN, granted=True, source="msg:3", customer_id="ann")
    assert await contacts.allowed("sms", ANN)
    assert [item.granted for item in await contacts.ledger("sms", ANN)] == [False, True]
    # Opting in again gives back what the opt-out took: advertising was never allowed.
    assert (await services.compliance.consents("ann"))["marketing_sms"] is False


async def test_what_a_person_refuses_holds_for_addresses_to_come(services: Services) -> None:
    contacts = services.contact_consents
    assert await contacts.record_for_all("sms", "ann", granted=False, source="chat:1")
    assert not await contacts.allowed("sms", ANN, "ann")
    assert not await contacts.allowed("sms", None, "ann")
    assert await contacts.allowed("sms", ANN, "bob")
    assert not await contacts.may_send("sms", ANN, "reply", "ann")
    assert await contacts.may_send("sms", ANN, "one_time_code", "ann")
    # STOP counts at the number, too; START there takes back both.
    assert await contacts.record("sms", ANN, granted=False, source="msg:2", customer_id="ann")
    assert await contacts.record("sms", ANN, granted=True, source="msg:3", customer_id="ann")
    assert await contacts.allowed("sms", "+12025550199", "ann")


async def test_a_mailbox_that_opted_out_gets_only_what_it_asked_for(services: Services) -> None:
    contacts, box = services.contact_consents, "ann@example.org"
    for kind in ("proactive", "channel_switch", "reply"):
        assert await contacts.may_send("email", box, kind)
    await contacts.record("email", box, granted=False, source="msg:1")
    for kind in ("proactive", "channel_switch"):
        assert not await contacts.may_send("email", box, kind)
    for kind in ("reply", "consent_notice", "one_time_code", "order_placed"):
        assert await contacts.may_send("email", box, kind)
    assert await contacts.may_send("webhook", "https://hooks.example", "proactive")


async def test_media_are_fetched_by_one_process_only(db: Database) -> None:
    class Source:
        def __init__(self) -> None:
            self.asked: list[str] = []

        async def fetch(self, url: str) -> bytes:
            self.asked.append(url)
            return b"\x89PNG\r\n\x1a\n"

        async def close(self) -> None:
            """Nothing is open."""

    clock, source = FixedClock(NOW), Source()
    first, second = (MediaStore(db, PersonKeys(db, clock), source, clock) for _ in range(2))
    found = [Media(url=f"https://api.twilio.com/{n}", content_type="image/png") for n in range(3)]
    own = await first.expect("vis_1", "m1", "sms", found)
    assert await first.expect("vis_1", "m1", "sms", found) == own
    assert await first.fetch_due() + await second.fetch_due() == 3
    assert len(source.asked) == 3
    assert (await second.get(own[0].url.removeprefix(PATH))).state == "stored"
    assert await second.content(own[0].url.removeprefix(PATH)) == b"\x89PNG\r\n\x1a\n"
    assert await first.erase_personal("vis_1") == 3
