"""Keys of people: one each, cached, handed over, erased for good, wrapped anew; what is rolled back is not at hand."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

import pytest
from sqlalchemy import event, text

from closer.kit import columns, person_keys
from closer.kit.clock import FixedClock
from closer.kit.crypto import DecryptionFailed, FieldCipher
from closer.kit.db import Database
from closer.kit.person_keys import PersonErased, PersonKeys
from closer.kit.settings import get_settings

CLOCK = FixedClock(datetime(2026, 3, 10, tzinfo=timezone.utc))


@pytest.fixture
def keys(db: Database) -> PersonKeys:
    return PersonKeys(db, CLOCK)


async def seal(keys: PersonKeys, person: str | None, words: str = "hello") -> str:
    return (await keys.sealer(person)).text(words, "t.c")


async def read(keys: PersonKeys, token: str) -> str:
    return (await keys.opener([token])).text(token, "t.c")


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """Notes what is asked of the database."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine.sync_engine, "before_cursor_execute", note)


async def test_what_is_sealed_for_somebody_can_be_read_by_any_process(
    keys: PersonKeys, db: Database
) -> None:
    token = await seal(keys, "ann")
    assert "hello" not in token
    assert await read(PersonKeys(db, CLOCK), token) == "hello"
    with pytest.raises(DecryptionFailed):
        (await keys.opener([token])).text(token, "t.other")


async def test_people_have_different_keys_and_nobodys_content_the_installations(
    keys: PersonKeys,
) -> None:
    ann, ben, nobody = [await seal(keys, person) for person in ("ann", "ben", None)]
    assert len({token.partition(".")[0] for token in (ann, ben, nobody)}) == 3
    opener = await keys.opener([ann, ben, nobody, None])
    assert [opener.text(token, "t.c") for token in (ann, ben, nobody)] == ["hello"] * 3


async def test_a_key_at_hand_costs_no_query(keys: PersonKeys, db: Database) -> None:
    token = await seal(keys, "ann")
    with statements(db) as asked:
        await seal(keys, "ann")
        await read(keys, token)
    assert asked == []


async def test_many_keys_are_fetched_in_one_query(keys: PersonKeys, db: Database) -> None:
    tokens = [await seal(keys, f"p{number}") for number in range(20)]
    fresh = PersonKeys(db, CLOCK)
    with statements(db) as asked:
        await fresh.opener(tokens)
    assert len([statement for statement in asked if "person_keys" in statement]) == 1


async def test_at_the_same_time_only_one_key_is_made(db: Database) -> None:
    processes = [PersonKeys(db, CLOCK) for _ in range(5)]
    tokens = await asyncio.gather(*(seal(process, "ann") for process in processes))
    assert len({token.partition(".")[0] for token in tokens}) == 1


async def test_a_key_of_a_transaction_that_failed_is_not_used_again(
    keys: PersonKeys, db: Database
) -> None:
    with pytest.raises(RuntimeError):
        async with db.transaction():
            lost = await seal(keys, "ann")
            raise RuntimeError
    kept = await seal(keys, "ann")
    assert kept.partition(".")[0] != lost.partition(".")[0]
    assert await read(PersonKeys(db, CLOCK), kept) == "hello"


async def test_an_erased_key_opens_nothing_any_more(keys: PersonKeys, db: Database) -> None:
    token, other = await seal(keys, "ann"), await seal(keys, "ben")
    assert await keys.erase("ann") == 1
    for process in (keys, PersonKeys(db, CLOCK)):
        with pytest.raises(PersonErased):
            await read(process, token)
        assert await read(process, other) == "hello"
    assert (await seal(keys, "ann")).partition(".")[0] != token.partition(".")[0]
    assert await keys.erase("nobody") == 0


async def test_another_process_forgets_an_erased_key_after_a_minute(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = PersonKeys(db, CLOCK), PersonKeys(db, CLOCK)
    token = await seal(there, "ann")
    await here.erase("ann")
    assert await read(there, token) == "hello"
    later = time.monotonic() + 61
    monkeypatch.setattr(person_keys.time, "monotonic", lambda: later)
    with pytest.raises(PersonErased):
        await read(there, token)
    assert (await seal(there, "ann")).partition(".")[0] != token.partition(".")[0]


async def test_a_visitors_key_goes_to_the_customer_and_is_erased_with_them(
    keys: PersonKeys,
) -> None:
    before, own = await seal(keys, "vis_1"), await seal(keys, "ann")
    await keys.hand_over("vis_1", "ann")
    assert await keys.conversations_of("ann") == {"ann", "vis_1"}
    assert await read(keys, before) == "hello"
    assert (await seal(keys, "ann")).partition(".")[0] == own.partition(".")[0]
    again = await seal(keys, "vis_1")  # the visitor's next words, before another merge
    assert again.partition(".")[0] != before.partition(".")[0]
    assert await keys.erase("ann") == 2
    for token in (before, own):
        with pytest.raises(PersonErased):
            await read(keys, token)


async def test_keys_are_wrapped_anew_when_the_installations_key_changes(
    keys: PersonKeys, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = [await seal(keys, f"p{number}") for number in range(3)]
    old = get_settings().encryption_keys.get_secret_value()
    new = base64.urlsafe_b64encode(os.urandom(32)).decode()
    rotated = FieldCipher(f"k9:{new},{old}")
    monkeypatch.setattr(person_keys, "process_cipher", lambda: rotated)
    assert await keys.rewrap() == 3
    assert await keys.rewrap() == 0
    only_new = FieldCipher(f"k9:{new}")
    monkeypatch.setattr(person_keys, "process_cipher", lambda: only_new)
    fresh = PersonKeys(db, CLOCK)
    assert [await read(fresh, token) for token in tokens] == ["hello"] * 3


async def test_the_table_holds_no_key_in_the_clear(keys: PersonKeys, db: Database) -> None:
    await seal(keys, "ann")
    async with db.reading() as connection:
        [wrapped] = (await connection.execute(text("SELECT wrapped FROM person_keys"))).scalars()
    assert wrapped.startswith(columns.process_cipher().current_key_id + ".")
