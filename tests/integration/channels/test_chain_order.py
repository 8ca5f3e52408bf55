"""The inbound chain: one transaction a turn, the order of acceptance, retries that lose and double nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from rasa.core.lock_store import LockError
from sqlalchemy import text

from channels.base import InboxReplay
from closer.conversations.records import ClaimLost
from closer.conversations.service import MAX_ATTEMPTS, conversation_channel
from closer.conversations.turn import InboundMessage
from closer.kit.db import Database
from closer.kit.errors import Unavailable
from closer.kit.pagination import PageRequest
from closer.kit.settings import Settings, get_settings
from closer.messaging import wording
from closer.services import Services
from tests.fakes.dialogue import Dialogue, chain_of, says
from tests.fakes.redis_server import running_redis


@pytest.fixture
async def services(db: Database, tmp_path: Path) -> AsyncIterator[Services]:
    own = get_settings()
    with running_redis() as redis:
        made = Services(
            Settings(
                data_dir=tmp_path,
                redis_url=redis.url,
                secret_key=own.secret_key,
                encryption_keys=own.encryption_keys,
                turn_deadline_s=20.0,
            )
        )
        made.__dict__["db"] = db
        yield made
        await made.redis.close()


@pytest.fixture
def dialogue(services: Services) -> Dialogue:
    return Dialogue(services)


async def history(services: Services, conversation: str = "ann") -> list[str | None]:
    page = await services.conversations.history(conversation, PageRequest())
    return [entry.text for entry in page.items]


async def dialogue_of(services: Services, conversation: str = "ann") -> list[str]:
    return [event["text"] for event in await services.dialogues.since(conversation, 0)]


async def test_messages_at_the_same_time_are_answered_one_by_one_and_each_once(
    services: Services, dialogue: Dialogue
) -> None:
    chain = chain_of(services, dialogue)
    words = [f"w{number}" for number in range(8)]
    results = await asyncio.gather(*(chain.run(says(word)) for word in [*words, *words]))
    assert sorted(dialogue.order) == words
    assert dialogue.most_at_once == 1
    assert sum(result.repeated for result in results) == 8
    assert await dialogue_of(services) == dialogue.order


async def test_over_two_processes_messages_go_in_the_order_of_their_acceptance(
    services: Services, dialogue: Dialogue
) -> None:
    chains = [chain_of(services, dialogue) for _ in range(2)]
    words = [f"w{number}" for number in range(6)]
    for word in words:
        await services.conversations.accept(says(word))
    backwards = [chains[number % 2].run(says(word)) for number, word in enumerate(words[::-1])]
    await asyncio.gather(*backwards)
    assert dialogue.order == words
    assert dialogue.most_at_once == 1


async def test_conversations_do_not_wait_for_each_other(
    services: Services, dialogue: Dialogue
) -> None:
    chain = chain_of(services, dialogue)
    await asyncio.gather(*(chain.run(says("hi", f"p{number}")) for number in range(4)))
    assert dialogue.most_at_once > 1


async def test_who_chats_does_not_wait_for_the_queue_in_the_background(
    services: Services, dialogue: Dialogue
) -> None:
    """The replay may have taken up a message that somebody asks for at this moment."""
    chain = chain_of(services, dialogue)
    await services.conversations.accept(says("hi"))
    async with AsyncExitStack() as full:
        for _ in range(64):
            await full.enter_async_context(chain.room.enter())
        replay = asyncio.create_task(chain.catch_up("ann"))
        await asyncio.sleep(0.1)
        assert (await asyncio.wait_for(chain.run(says("hi")), 5)).replies
    assert await replay == 0


async def test_what_comes_in_while_a_conversation_is_caught_up_is_answered_too(
    services: Services, dialogue: Dialogue
) -> None:
    chain = chain_of(services, dialogue)
    words = [f"w{number}" for number in range(10)]
    for word in words:
        await chain.take(says(word))
        await asyncio.sleep(0.007)
    give_up = asyncio.get_running_loop().time() + 10
    while dialogue.order != words or chain._to_catch_up:
        assert asyncio.get_running_loop().time() < give_up, dialogue.order
        await asyncio.sleep(0.02)


async def test_a_turn_that_cannot_commit_leaves_nothing_and_is_run_again(
    services: Services, dialogue: Dialogue
) -> None:
    chain = chain_of(services, dialogue)

    async def disk_full(_: InboundMessage) -> None:
        raise OSError("disk full")

    dialogue.spoils = disk_full
    with pytest.raises(Unavailable):
        await chain.run(says("one"))
    assert (await history(services), await dialogue_of(services)) == (["one"], [])
    assert await InboxReplay(chain, services).run_once() == 1
    assert await history(services) == ["one", "re: one"]
    assert await dialogue_of(services) == ["one"]


async def test_who_lost_a_message_to_another_process_commits_nothing(
    services: Services, dialogue: Dialogue
) -> None:
    chain = chain_of(services, dialogue)

    async def taken_over(_: InboundMessage) -> None:
        async with services.db.transaction() as connection:
            await connection.execute(text("UPDATE inbox SET owner = 'another'"))

    dialogue.spoils = taken_over
    with pytest.raises(ClaimLost):
        await chain.run(says("one"))
    assert (await history(services), await dialogue_of(services)) == (["one"], [])


async def test_an_outage_is_waited_out_and_the_order_is_kept(
    services: Services, dialogue: Dialogue
) -> None:
    chain = chain_of(services, dialogue)
    dialogue.fails["one"] = [Unavailable("the action server is away"), LockError("busy")]
    for word in ("one", "two"):
        with pytest.raises(Unavailable):
            await chain.run(says(word))
    assert dialogue.order == [], "two must not overtake one"
    assert await InboxReplay(chain, services).run_once() == 2
    assert dialogue.order == ["one", "two"]


async def test_a_message_that_always_fails_is_put_aside_and_the_next_is_answered(
    services: Services, dialogue: Dialogue
) -> None:
    chain = chain_of(services, dialogue)
    dialogue.fails["bad"] = [ValueError("bug") for _ in range(MAX_ATTEMPTS)]
    with pytest.raises(Unavailable):
        await chain.run(says("bad"))
    await services.conversations.accept(says("good"))
    for _ in range(MAX_ATTEMPTS):
        await InboxReplay(chain, services).run_once()
    assert dialogue.order == ["good"]
    with pytest.raises(Unavailable) as error:
        await chain.run(says("bad"))
    assert error.value.code == "message_failed"


async def test_who_was_promised_an_answer_is_told_when_none_will_come(
    services: Services, dialogue: Dialogue
) -> None:
    chain = chain_of(services, dialogue)
    dialogue.fails["bad"] = [ValueError("bug") for _ in range(MAX_ATTEMPTS)]
    listener = services.redis.pubsub(ignore_subscribe_messages=True)
    await listener.subscribe(conversation_channel("ann"))
    await listener.get_message(timeout=5)
    await services.conversations.accept(says("bad"))  # as REST does before it says 202
    for _ in range(MAX_ATTEMPTS):
        await InboxReplay(chain, services).run_once()
    page = await services.conversations.history("ann", PageRequest())
    assert [entry.text for entry in page.items] == ["bad", wording.gave_up()]
    told = page.items[-1]
    assert (told.sender, told.message_id) == ("assistant", "id-bad")
    while (heard := await listener.get_message(timeout=5)) is None:
        pass
    assert json.loads(heard["data"])["id"] == told.id
    await listener.close()


async def test_an_apology_that_fails_does_not_hold_up_the_next_message(
    services: Services, dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = chain_of(services, dialogue)
    dialogue.fails["bad"] = [ValueError("bug") for _ in range(MAX_ATTEMPTS)]

    async def fail(*_: Any) -> None:
        raise ValueError("a bug in the apology")

    monkeypatch.setattr(chain, "_apologise", fail)
    for word in ("bad", "good"):
        await services.conversations.accept(says(word))
    for _ in range(MAX_ATTEMPTS + 1):
        await InboxReplay(chain, services).run_once()
    assert dialogue.order == ["good"]


async def test_what_was_accepted_by_others_is_taken_up_by_the_replay(
    services: Services, dialogue: Dialogue
) -> None:
    for person in ("ann", "ben", "eve"):
        for word in ("one", "two"):
            await services.conversations.accept(says(word, person))
    assert await InboxReplay(chain_of(services, dialogue), services).run_once() == 6
    assert await services.conversations.waiting() == []
    assert [await dialogue_of(services, p) for p in ("ann", "ben", "eve")] == [["one", "two"]] * 3


async def test_what_is_kept_of_an_error_repeats_nothing_that_was_said(
    services: Services, dialogue: Dialogue
) -> None:
    chain = chain_of(services, dialogue)
    for word, error in (("a", ValueError("Zoe")), ("b", Unavailable("Zoe", code="away"))):
        dialogue.fails[word] = [error]
        with pytest.raises(Unavailable):
            await chain.run(says(word, word))
    async with services.db.reading() as connection:
        kept = (await connection.execute(text("SELECT error FROM inbox"))).scalars().all()
    assert sorted(kept) == ["Unavailable away", "ValueError"]
