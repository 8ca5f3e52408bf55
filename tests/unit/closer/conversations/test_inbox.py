"""The inbox: accepted once, processed by one, never lost; the history in order."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from redis.asyncio import Redis

from closer.conversations.service import LEASE, MAX_ATTEMPTS, ConversationService
from closer.conversations.turn import InboundMessage, TurnResult
from closer.kit.clock import FixedClock
from closer.kit.db import Database
from closer.kit.pagination import PageRequest


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 10, 10, tzinfo=timezone.utc))


@pytest.fixture
def service(db: Database, clock: FixedClock) -> ConversationService:
    away: Redis = Redis.from_url(
        "redis://127.0.0.1:1/0"
    )  # announcements fail; nothing may be lost by that
    return ConversationService(db, away, clock)


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


async def test_only_one_worker_gets_a_message(service: ConversationService) -> None:
    record = await service.accept(_message())
    assert await service.claim(record)
    assert not await service.claim(record)


async def test_a_message_of_a_dead_worker_is_taken_over(
    service: ConversationService, clock: FixedClock
) -> None:
    record = await service.accept(_message())
    await service.claim(record)
    assert await service.unfinished() == []
    clock.advance(seconds=LEASE.total_seconds() + 1)
    assert [r.id for r in await service.unfinished()] == [record.id]
    assert await service.claim(record)


async def test_a_finished_message_gives_its_stored_result(service: ConversationService) -> None:
    message = _message()
    record = await service.accept(message)
    await service.claim(record)
    await service.finish(record, _result(service, message, "one", "two"))
    again = await service.accept(message)
    assert again.result is not None
    assert [reply.text for reply in again.result.replies] == ["one", "two"]
    waited = await service.wait_for_result(message, 0.2)
    assert waited is not None
    assert waited.repeated
    assert await service.unfinished() == []


async def test_failures_are_retried_a_few_times_and_then_kept(service: ConversationService) -> None:
    record = await service.accept(_message())
    for _ in range(MAX_ATTEMPTS):
        [record] = await service.unfinished()
        assert await service.claim(record)
        await service.give_back(record, "boom")
    assert await service.unfinished() == []
    assert (await service.accept(_message())).state == "failed"


async def test_history_is_in_order_page_by_page(service: ConversationService) -> None:
    for number in range(5):
        message = _message(f"m{number}")
        record = await service.accept(message)
        await service.claim(record)
        await service.finish(record, _result(service, message, f"answer {number}"))
    page = await service.history("user1", PageRequest(limit=4))
    older = await service.history("user1", PageRequest(limit=50, cursor=page.next_cursor))
    texts = [entry.text for entry in [*older.items, *page.items]]
    assert texts == [text for n in range(5) for text in ("hello", f"answer {n}")]
    missed = await service.since("user1", older.items[-1].id)
    assert [entry.id for entry in missed] == [entry.id for entry in page.items]
