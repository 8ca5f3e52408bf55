"""After the deletion of a person nothing of them can be read: every table, Redis, the event stream, a backup."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text

from closer.conversations.broker import PURPOSE
from closer.conversations.turn import InboundMessage, TurnResult
from closer.customers.records import NewAddress
from closer.kit.crypto import DecryptionFailed
from closer.kit.pagination import PageRequest
from closer.kit.person_keys import PersonErased, PersonKeys
from closer.notifications import templates
from closer.notifications.records import Content
from closer.services import Services
from migrations.tables import all_tables
from rasa_ext.event_broker import make_relay
from tests.integration.support import shop

#: Words that stand for the person wherever they leave traces.
MARKS = (
    "Zenobia",
    "Quillfeather",
    "zenobia@example.org",
    "2025550177",
    "Xylophone Lane",
    "marzipan",
)
VISITOR = "vis_zenobia"


async def talk(services: Services, conversation: str, message_id: str, text: str) -> None:
    """A turn as the chain commits it: message, answer, dialogue, events, receipt of an action."""
    chats = services.conversations
    message = InboundMessage(
        message_id=message_id, channel="web", conversation_id=conversation, text=text
    )
    _, record = await chats.take(message)
    assert record is not None
    reply = chats.entry("assistant", "web", message_id=message_id, text=f"You said {text}")
    result = TurnResult(message_id=message_id, conversation_id=conversation, replies=[reply])
    async with services.db.transaction():
        event = {"event": "user", "text": text, "timestamp": 1.0}
        begins = len(await services.dialogues.since(conversation, 0))
        await services.dialogues.append(conversation, begins, [event])
        sealer = await services.person_keys.sealer(conversation)
        row = {
            "type": "user",
            "at": datetime(2026, 3, 10, tzinfo=timezone.utc),
            "event": sealer.json(event, PURPOSE),
        }
        await services.broker_outbox.add(conversation, [row])
        key = (conversation, message_id, "action_submit_x", 1)
        assert await services.receipts.reserve(*key)
        await services.receipts.keep(*key, {"messages": [text], "slots": {}, "events": []})
        await chats.finish(record, result)


async def live(services: Services) -> str:
    """Leave traces of one person everywhere, first as a visitor."""
    await shop.furnish(services)
    customer = await services.customers.create(
        name="Zenobia Quillfeather", email="zenobia@example.org", phone="+12025550177"
    )
    person = customer.id
    home = NewAddress(
        street="3 Xylophone Lane", city="Portland", region="OR", postcode="97205", country="US"
    )
    await services.customers.add_address(person, home)
    await services.customers.update(person, preferences={"sweets": "marzipan"})
    await services.accounts.create(
        email="zenobia@example.org", password="a long pass phrase 9", customer_id=person
    )
    await talk(services, VISITOR, "m1", "I like marzipan, says Zenobia")
    await services.tickets.create(
        subject="marzipan", category="product", conversation_id=VISITOR, comment="Zenobia"
    )
    await services.conversations.merge(VISITOR, person)
    await talk(services, person, "m2", "More marzipan to Xylophone Lane please")
    await services.tickets.create(subject="marzipan", category="product", customer_id=person)
    await services.feedback.give(rating=4, comment="marzipan", customer_id=person)
    await services.handoff.request(
        conversation_id=person,
        customer_id=person,
        reason="asked",
        transcript=[{"text": "marzipan"}],
    )
    await services.verification.request(purpose="identity", customer_id=person)
    await services.newsletter.subscribe("zenobia@example.org")
    await services.notifications.enqueue(
        Content("reply", "marzipan", "Zenobia, marzipan"),
        channel="email",
        address="zenobia@example.org",
        conversation_id=VISITOR,
        html="<p>marzipan</p>",
    )
    await services.compliance.request_export(person, verified=True, reason="marzipan")
    await services.compliance.execute_due()
    await services.notifications.deliver_due()
    return person


async def dump(services: Services) -> dict[str, str]:
    """Return every table's rows as text, decrypted as far as the keys that are left allow."""
    found: dict[str, str] = {}
    for table in all_tables().sorted_tables:
        async with services.db.reading() as connection:
            rows = [dict(row) for row in (await connection.execute(select(table))).mappings()]
        texts = [str(value) for row in rows for value in row.values()]
        found[table.name] = "\n".join([*texts, *await _opened(services, table.name, rows)])
    return found


async def _opened(services: Services, table: str, rows: list[dict[str, Any]]) -> list[str]:
    purposes = ("", PURPOSE, *(f"{table}.{name}" for name in (rows[0] if rows else {})))
    opened = []
    for token in _tokens(rows):
        opener = await services.person_keys.opener([token])
        for purpose in purposes:
            try:
                opened.append(opener.text(token, purpose))
            except (PersonErased, DecryptionFailed):
                continue
    return opened


def _tokens(value: Any) -> list[str]:
    """Return every sealed text in some data, also in JSON within a column."""
    if isinstance(value, dict):
        return [token for item in value.values() for token in _tokens(item)]
    if isinstance(value, list | tuple):
        return [token for item in value for token in _tokens(item)]
    if not isinstance(value, str):
        return []
    if value[:1] in "[{" and value:
        return _tokens(json.loads(value))
    return [value] if "." in value else []


def _leaks(found: dict[str, str]) -> dict[str, list[str]]:
    leaks = {name: [mark for mark in MARKS if mark in text] for name, text in found.items()}
    return {name: marks for name, marks in leaks.items() if marks}


async def test_nothing_of_an_erased_person_can_be_read_anywhere(services: Services) -> None:
    person = await live(services)
    before = _leaks(await dump(services))
    assert set(before) >= {
        "inbox",
        "conversation_entries",
        "tracker_events",
        "action_runs",
        "broker_events",
        "notifications",
        "customers",
        "customer_changes",
        "addresses",
        "accounts",
        "tickets",
        "ticket_comments",
        "feedback",
        "handoff_requests",
        "privacy_exports",
        "privacy_requests",
        "newsletter_subscribers",
    }, "the test looks in the wrong places"
    await make_relay(services).publish_next()
    await talk(services, person, "m3", "and marzipan again")

    await services.compliance.request_deletion(person, verified=True, reason="marzipan")
    [done] = await services.compliance.execute_due()
    assert done.state == "completed"
    await services.notifications.deliver_due()  # the receipt goes out
    await services.sandbox.erase("zenobia@example.org")  # there it stands for the person's mailbox

    assert _leaks(await dump(services)) == {}
    stream = [fields for _, fields in await services.redis.xrange("closer_events")]
    assert stream
    assert _leaks({"redis": str(stream) + str(await _opened(services, "stream", stream))}) == {}
    result = done.result or {}
    assert set(result["kept"]) == {"customers"}, result["kept"]
    assert (result["deleted"]["conversations"] > 5, result["deleted"]["keys"]) == (True, 3)


async def test_a_backup_from_before_cannot_be_read_with_the_keys_of_today(
    services: Services,
) -> None:
    person = await live(services)
    tables = all_tables().tables
    async with services.db.reading() as connection:
        backup = {
            name: [dict(row) for row in (await connection.execute(select(tables[name]))).mappings()]
            for name in ("inbox", "conversation_entries", "tracker_events", "notifications")
        }
    await services.compliance.request_deletion(person, verified=True)
    await services.compliance.execute_due()
    services.__dict__["person_keys"] = PersonKeys(services.db, services.clock)
    restored = {
        name: "\n".join(await _opened(services, name, rows)) for name, rows in backup.items()
    }
    assert _leaks(restored) == {}
    assert all(rows for rows in backup.values())


async def test_nothing_personal_lies_in_the_clear_in_any_table(services: Services) -> None:
    await live(services)
    found = {}
    for table in all_tables().sorted_tables:
        async with services.db.reading() as connection:
            rows = (await connection.execute(text(f'SELECT * FROM "{table.name}"'))).all()
        found[table.name] = str(rows)
    assert _leaks(found) == {}


#: Tables whose rows stay under the bare id of somebody who was erased, and why.
BARE_ID = {
    "customers": "orders refer to it; it is emptied",
    "orders": "the books",
    "refunds": "the books",
    "invoices": "the books",
    "order_requests": "tells a repeated request; says nothing",
    "consents": "proof of what was allowed; no words of the person",
    "privacy_requests": "the receipt; no words of the person",
    "refresh_tokens": "go with the account, by the foreign key",
    "person_keys": "looked at by itself",
    "notifications": "looked at by itself: content has to be sealed",
}


async def test_no_table_that_knows_people_is_forgotten(services: Services) -> None:
    """A row of the person in every table, whatever slice it belongs to: a new table needs a holder, or a reason."""
    if not services.db.is_sqlite:
        pytest.skip("rows that refer to nothing can be made on SQLite only")
    person = await live(services)
    about = {
        table: [c for c in table.c if c.name in ("customer_id", "conversation_id", "owner_id")]
        for table in all_tables().sorted_tables
        if table.name not in BARE_ID
    }
    # Another driver, which does not ask what rows refer to.
    plain = create_engine("sqlite:///" + services.db.url.partition(":///")[2])
    with plain.begin() as connection:
        for table, columns in about.items():
            for number, column in enumerate(columns):
                row = _any_row(table, number) | {column.name: person}
                connection.execute(table.insert().values(row))
    plain.dispose()
    await services.compliance.request_deletion(person, verified=True)
    assert len(await services.compliance.execute_due()) == 1
    left = []
    async with services.db.reading() as connection:
        for table, columns in about.items():
            for column in columns:
                rows = await connection.execute(
                    select(table.c[column.name]).where(column == person)
                )
                left += [f"{table.name}.{column.name}"] if rows.first() else []
    assert left == []


def _any_row(table: Any, number: int) -> dict[str, Any]:
    """Return values that the columns of a table accept."""
    row: dict[str, Any] = {}
    for column in table.c:
        if column.autoincrement is True or (column.nullable and not column.primary_key):
            continue
        kind = type(column.type).__name__
        if kind in ("Integer", "BigInteger", "Cents"):
            row[column.name] = 900_000 + number
        elif kind == "UtcDateTime":
            row[column.name] = datetime(2026, 3, 10, tzinfo=timezone.utc)
        elif kind == "Boolean":
            row[column.name] = False
        elif kind in ("JSON", "EncryptedJson"):
            row[column.name] = {}
        elif kind in ("LargeBinary", "BLOB"):
            row[column.name] = b"x"
        elif kind in ("Float", "Numeric"):
            row[column.name] = 1
        else:
            row[column.name] = f"{table.name[:6]}{column.name[:6]}{number}"
    return row


async def test_another_person_keeps_everything(services: Services) -> None:
    person = await live(services)
    await talk(services, "ben", "b1", "Ben likes nougat")
    await services.compliance.request_deletion(person, verified=True)
    await services.compliance.execute_due()
    page = await services.conversations.history("ben", PageRequest())
    assert [entry.text for entry in page.items] == [
        "Ben likes nougat",
        "You said Ben likes nougat",
    ]


async def test_a_turn_that_is_running_while_its_person_is_erased_leaves_nothing(
    services: Services,
) -> None:
    person = await live(services)
    message = InboundMessage(
        message_id="late", channel="web", conversation_id=person, text="marzipan"
    )
    _, record = await services.conversations.take(message)
    assert record is not None
    await services.compliance.request_deletion(person, verified=True)
    await services.compliance.execute_due()
    result = TurnResult(message_id="late", conversation_id=person)
    with pytest.raises(Exception, match="took the message over"):
        await services.conversations.finish(record, result)
    with pytest.raises(Exception, match="took the message over"):
        await services.conversations.finish(replace(record, state="done"), result)


def test_the_receipt_of_a_deletion_is_a_mail_that_is_not_kept() -> None:
    at = datetime(2026, 3, 10, tzinfo=timezone.utc)
    receipt = templates.privacy_receipt(
        "Shop", "Zenobia", request_id="PRV-1", kind="data_deletion", due_at=at, done=True
    )
    assert receipt.kind == "privacy_erased"
