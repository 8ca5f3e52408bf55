"""The inbox: accepted once, processed by one, never lost; the history in order."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime, timezone

import pytest
from redis.asyncio import Redis

from closer.conversations.records import ClaimLost, InboxRecord
from closer.conversations.service import LEASE, MAX_ATTEMPTS, ConversationService
from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit import claims
from closer.kit.clock import FixedClock
from closer.kit.db import Database
from closer.kit.pagination import PageRequest
from closer.kit.person_keys import PersonKeys


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 10, 10, tzinfo=timezone.utc))


@pytest.fixture
def service(db: Database, clock: FixedClock) -> ConversationService:
    away: Redis = Redis.from_url(
        "redis://127.0.0.1:1/0"
    )  # announcements fail; nothing may be lost by that
    return ConversationService(db, away, clock, PersonKeys(db, clock))


def _message(message_id: str = "m1", conversation: str = "user1") -> InboundMessage:
    return InboundMessage(
        message_id=message_id, channel="web", conversation_id=conversation, text="hello"
    )


def _result(service: ConversationService, message: InboundMessage, *texts: str) -> TurnResult:
    replies = [service.entry("assistant", "web", n, text=text) for n, text in enumerate(texts)]
    return TurnResult(
        message_id=message.message_id, conversation_id=message.conversation_id, replies=replies
    )


async def test_the_same_message_is_stored_once(service: ConversationService) -> None:
    first, again = await service.accept(_message()), await service.accept(_message())
    assert first.id == again.id
    other = await service.accept(_message(conversation="user2"))
    assert other.id != first.id
    page = await service.history("user1", PageRequest())
    assert [entry.text for entry in page.items] == ["hello"]


async def test_many_at_the_same_time_are_stored_in_one_transaction_each_once(
    service: ConversationService, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    store = service._inbox.add

    async def counting(records: Sequence[InboxRecord]) -> set[str]:
        batches.append(len(records))
        return await store(records)

    monkeypatch.setattr(service._inbox, "add", counting)
    said = [_message(f"m{number}", f"user{number % 3}") for number in range(12)]
    found = await asyncio.gather(*(service.accept(message) for message in [*said, *said]))
    assert len({record.id for record in found}) == 12
    assert [record.id for record in found[:12]] == [record.id for record in found[12:]]
    assert len(batches) == 1
    for person in ("user0", "user1", "user2"):
        entries = (await service.history(person, PageRequest())).items
        own = [record for record in found[:12] if record.message.conversation_id == person]
        assert [entry.message_id for entry in entries] == [
            record.message.message_id for record in own
        ]
        places = [record.received_at for record in own]
        assert places == sorted(set(places)), "each has a place of its own, in the order of arrival"


async def test_only_one_worker_gets_a_message(service: ConversationService) -> None:
    own, claimed = await service.take(_message())
    assert claimed is not None
    assert claimed.id == own.id
    assert await service.claim_next("user1") is None
    assert (await service.take(_message()))[1] is None


async def test_an_older_message_goes_first(service: ConversationService) -> None:
    older = await service.accept(_message("m1"))
    own, claimed = await service.take(_message("m2"))
    assert claimed is not None
    assert (claimed.id, own.message.message_id) == (older.id, "m2")
    assert await service.claim_next("user1") is None, "m2 has to wait for m1"
    await service.finish(claimed, _result(service, claimed.message, "one"))
    own, claimed = await service.take(_message("m2"))
    assert claimed is not None
    assert claimed.id == own.id


async def test_a_clock_that_is_set_back_changes_no_order(
    service: ConversationService, clock: FixedClock
) -> None:
    for number in range(3):
        await service.accept(_message(f"m{number}"))
        clock.advance(hours=-1)
    for number in range(3):
        claimed = await service.claim_next("user1")
        assert claimed is not None
        assert claimed.message.message_id == f"m{number}"
        await service.finish(claimed, _result(service, claimed.message))


async def test_a_message_of_a_dead_worker_is_taken_over_and_its_late_answer_does_not_count(
    service: ConversationService, clock: FixedClock
) -> None:
    _, late = await service.take(_message())
    assert late is not None
    assert await service.waiting() == []
    clock.advance(seconds=LEASE.total_seconds() + 1)
    assert await service.waiting() == ["user1"]
    _, claimed = await service.take(_message())
    assert claimed is not None
    with pytest.raises(ClaimLost):
        await service.finish(late, _result(service, late.message, "late"))
    await service.finish(claimed, _result(service, claimed.message, "in time"))
    page = await service.history("user1", PageRequest())
    assert [entry.text for entry in page.items] == ["hello", "in time"]


async def test_a_message_of_a_process_that_is_gone_need_not_wait_for_its_lease(
    service: ConversationService, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = await asyncio.create_subprocess_exec("true")
    await dead.wait()
    for person, pid in (("dead", dead.pid), ("alive", os.getppid()), ("elsewhere", dead.pid)):
        host = "another" if person == "elsewhere" else claims._HOST
        monkeypatch.setattr(
            "closer.conversations.service.new_claim", lambda h=host, p=pid: f"{h}/{p}/b0/x"
        )
        await service.take(_message(conversation=person))
    monkeypatch.undo()
    _, mine = await service.take(_message(conversation="mine"))
    assert await service.release_orphans() == 1
    assert await service.waiting() == ["dead"]
    monkeypatch.setattr(claims, "_BORN", "later")  # the same process number, born anew
    assert await service.release_orphans() == 2
    assert sorted(await service.waiting()) == ["dead", "mine"]
    assert mine is not None


async def test_only_its_own_claim_is_ended_for_who_died(
    service: ConversationService, clock: FixedClock
) -> None:
    await service.accept(_message())
    claimed = await service.claim_next("user1")
    assert claimed is not None
    assert claimed.owner is not None
    await service._inbox.end_lease(claimed.id, "who had it before", clock.now())
    assert await service.waiting() == []
    await service._inbox.end_lease(claimed.id, claimed.owner, clock.now())
    assert await service.waiting() == ["user1"]


async def test_a_finished_message_gives_its_stored_result(service: ConversationService) -> None:
    await _say(service, "m1", "one", "two")
    again, claimed = await service.take(_message())
    assert claimed is None
    assert again.result is not None
    assert [reply.text for reply in again.result.replies] == ["one", "two"]
    assert await service.waiting() == []


async def test_failures_are_retried_a_few_times_and_then_kept(service: ConversationService) -> None:
    await service.accept(_message())
    for _ in range(MAX_ATTEMPTS):
        record = await service.claim_next("user1")
        assert record is not None
        await service.give_back(record, "boom")
    assert await service.waiting() == []
    assert (await service.accept(_message())).state == "failed"


async def test_a_message_that_failed_for_good_lets_the_next_one_through(
    service: ConversationService,
) -> None:
    await service.accept(_message("m1"))
    for _ in range(MAX_ATTEMPTS):
        record = await service.claim_next("user1")
        assert record is not None
        await service.give_back(record, "boom")
    own, claimed = await service.take(_message("m2"))
    assert claimed is not None
    assert claimed.id == own.id


async def test_history_is_in_order_page_by_page(service: ConversationService) -> None:
    for number in range(5):
        await _say(service, f"m{number}", f"answer {number}")
    page = await service.history("user1", PageRequest(limit=4))
    older = await service.history("user1", PageRequest(limit=50, cursor=page.next_cursor))
    texts = [entry.text for entry in [*older.items, *page.items]]
    assert texts == [text for n in range(5) for text in ("hello", f"answer {n}")]
    missed = await service.since("user1", older.items[-1].id)
    assert [entry.id for entry in missed] == [entry.id for entry in page.items]


async def _say(service: ConversationService, message_id: str, *answers: str) -> None:
    _, claimed = await service.take(_message(message_id))
    assert claimed is not None
    await service.finish(claimed, _result(service, claimed.message, *answers))
