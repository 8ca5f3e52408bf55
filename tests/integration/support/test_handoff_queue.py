"""Handing over: one request a conversation, fair queue, one agent, a promise when nobody comes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from closer.conversations.turn import HandoffState
from closer.handoff.records import HandoffRequest
from closer.kit.clock import FixedClock
from closer.kit.errors import Conflict, NotFound
from closer.kit.pagination import PageRequest
from closer.services import Services


async def ask(services: Services, conversation: str = "ann", **values: Any) -> HandoffRequest:
    given: dict[str, Any] = {"reason": "asked", "customer_id": conversation}
    return await services.handoff.request(conversation_id=conversation, **given | values)


async def test_a_request_waits_with_its_transcript_and_a_ticket(services: Services) -> None:
    request = await ask(services, transcript=[{"from": "customer", "text": "my refund!"}])
    assert (request.state, request.position, request.expected_wait) == ("waiting", 1, None)
    assert request.transcript == [{"from": "customer", "text": "my refund!"}]
    assert await services.handoff.state("ann") == HandoffState(
        state="waiting", request_id=request.id
    )
    ticket = await services.tickets.get(str(request.ticket_id))
    assert (ticket.category, ticket.conversation_id) == ("handoff", "ann")


async def test_a_conversation_without_request_is_the_assistants(services: Services) -> None:
    assert await services.handoff.state("ann") == HandoffState(state="bot")
    assert await services.handoff.current("ann") is None


async def test_asking_again_gives_the_same_request(services: Services) -> None:
    requests = await asyncio.gather(*(ask(services) for _ in range(4)))
    assert len({request.id for request in requests}) == 1
    assert len((await services.tickets.list(PageRequest())).items) == 1


async def test_anger_raises_the_priority_of_request_and_ticket(services: Services) -> None:
    calm = await ask(services)
    angry = await ask(services, emotion="furious")
    assert (calm.priority, angry.priority, angry.id) == ("normal", "urgent", calm.id)
    assert (await services.tickets.get(str(calm.ticket_id))).priority == "urgent"
    assert (await ask(services)).priority == "urgent"


async def test_the_queue_goes_by_priority_then_age(services: Services, clock: FixedClock) -> None:
    for name, values in (("a", {}), ("b", {}), ("c", {"failures": 3}), ("d", {"reason": "threat"})):
        await ask(services, name, **values)
        clock.advance(seconds=1)
    queue = await services.handoff.queue()
    assert [(item.conversation_id, item.position) for item in queue] == [
        ("d", 1),
        ("c", 2),
        ("a", 3),
        ("b", 4),
    ]


async def test_each_request_goes_to_one_agent(services: Services) -> None:
    for name in "abc":
        await ask(services, name)
    claimed = await asyncio.gather(*(services.handoff.claim(f"agent{n}") for n in range(5)))
    taken = [item for item in claimed if item is not None]
    assert sorted(item.conversation_id for item in taken) == ["a", "b", "c"]
    assert len({item.agent_id for item in taken}) == 3


async def test_a_certain_request_is_claimed_once(services: Services) -> None:
    request = await ask(services)
    mine = await services.handoff.claim("agent1", request.id)
    assert mine is not None
    assert mine.handoff_state.state == "with_agent"
    assert (await services.tickets.get(str(request.ticket_id))).assignee == "agent1"
    with pytest.raises(Conflict) as error:
        await services.handoff.claim("agent2", request.id)
    assert error.value.code == "handoff_taken"
    with pytest.raises(NotFound):
        await services.handoff.claim("agent2", "hnd_none")


async def test_special_skills_are_needed_where_asked_for(services: Services) -> None:
    await ask(services, skill="billing")
    assert await services.handoff.claim("agent1", skills=["returns"]) is None
    assert await services.handoff.claim("agent2", skills=["billing"]) is not None


async def test_a_released_conversation_waits_again_in_its_old_place(
    services: Services, clock: FixedClock
) -> None:
    first = await ask(services, "a")
    clock.advance(seconds=5)
    await ask(services, "b")
    await services.handoff.claim("agent1", first.id)
    back = await services.handoff.release(first.id, "agent1")
    assert (back.state, back.position, back.agent_id) == ("waiting", 1, None)


async def test_returning_to_the_assistant_ends_the_request(services: Services) -> None:
    request = await ask(services)
    await services.handoff.claim("agent1", request.id)
    done = await services.handoff.return_to_bot(request.id, "agent1", note="Promised a voucher.")
    assert done.outcome == "returned"
    assert await services.handoff.state("ann") == HandoffState()
    ticket = await services.tickets.get(str(request.ticket_id))
    assert (ticket.state, ticket.comments[-1].internal) == ("open", True)
    assert (await ask(services)).id != request.id


async def test_closing_resolves_the_ticket(services: Services) -> None:
    request = await ask(services)
    await services.handoff.claim("agent1", request.id)
    wrapped = await services.handoff.wrap_up(request.id, "agent1")
    assert (await services.handoff.state("ann")).state == "wrap_up"
    assert [item.id for item in await services.handoff.active("agent1")] == [wrapped.id]
    assert (await services.handoff.close(request.id, "agent1")).outcome == "resolved"
    assert (await services.tickets.get(str(request.ticket_id))).state == "resolved"


async def test_only_the_agent_who_leads_may_end(services: Services) -> None:
    request = await ask(services)
    await services.handoff.claim("agent1", request.id)
    for change in (services.handoff.release, services.handoff.wrap_up, services.handoff.close):
        with pytest.raises(Conflict) as error:
            await change(request.id, "agent2")
        assert error.value.code == "handoff_not_yours"
    assert (await services.handoff.state("ann")).state == "with_agent"


async def test_a_request_nobody_took_cannot_be_closed_by_an_agent(services: Services) -> None:
    request = await ask(services)
    with pytest.raises(Conflict):
        await services.handoff.close(request.id, "agent1")
    assert (await services.handoff.state("ann")).state == "waiting"


async def test_the_wait_is_told_from_agents_and_past_talks(
    services: Services, clock: FixedClock
) -> None:
    await services.handoff.set_presence("agent1", capacity=1)
    first = await ask(services, "a")
    assert first.expected_wait == timedelta(0)
    await services.handoff.claim("agent1", first.id)
    assert (await ask(services, "b")).expected_wait == timedelta(minutes=8)
    clock.advance(minutes=1, seconds=30)
    await services.handoff.close(first.id, "agent1")
    await services.handoff.set_presence("agent1", capacity=1)
    second = await services.handoff.claim("agent1")
    assert second is not None
    waiting = await ask(services, "c")
    assert waiting.expected_wait == timedelta(minutes=1, seconds=30)


async def test_an_agent_who_went_away_does_not_count(services: Services, clock: FixedClock) -> None:
    await services.handoff.set_presence("agent1", skills=["billing"])
    assert (await services.handoff.availability("billing")).agents == 1
    assert (await services.handoff.availability("returns")).agents == 0
    await services.handoff.set_presence("agent1", available=False)
    assert (await services.handoff.availability()).agents == 0
    await services.handoff.set_presence("agent1")
    clock.advance(minutes=3)
    assert (await services.handoff.availability()).agents == 0


async def test_nobody_in_time_becomes_a_promise_by_mail(
    services: Services, ann: str, clock: FixedClock
) -> None:
    request = await ask(services, ann)
    clock.advance(minutes=9)
    assert await services.handoff.expire_waiting() == []
    clock.advance(minutes=1)
    [ended] = await services.handoff.expire_waiting()
    assert ended.id == request.id
    assert await services.handoff.state(ann) == HandoffState()
    assert (await services.handoff.get(request.id)).outcome == "promised"
    ticket = await services.tickets.get(str(request.ticket_id))
    assert (ticket.state, ticket.priority) == ("open", "high")
    await services.notifications.deliver_due()
    [mail] = await services.sandbox.latest(address="ann@example.org")
    assert ticket.id in mail.text
    assert await services.handoff.expire_waiting() == []


async def test_out_of_hours_the_promise_comes_sooner_unless_somebody_is_there(
    services: Services, clock: FixedClock
) -> None:
    clock.advance(hours=12)
    await ask(services, "a")
    clock.advance(minutes=2)
    await services.handoff.set_presence("night-agent")
    assert await services.handoff.expire_waiting() == []
    await services.handoff.set_presence("night-agent", available=False)
    assert len(await services.handoff.expire_waiting()) == 1


async def test_wrap_up_ends_by_itself(services: Services, clock: FixedClock) -> None:
    request = await ask(services)
    await services.handoff.claim("agent1", request.id)
    await services.handoff.wrap_up(request.id, "agent1")
    clock.advance(minutes=10)
    await services.handoff.expire_waiting()
    assert (await services.handoff.state("ann")).state == "bot"


async def test_giving_up_waiting_closes_request_and_ticket(services: Services) -> None:
    request = await ask(services)
    await services.handoff.abandon("ann")
    await services.handoff.abandon("ann")
    assert (await services.handoff.get(request.id)).outcome == "abandoned"
    assert (await services.tickets.get(str(request.ticket_id))).state == "closed"


async def test_a_person_who_has_the_conversation_is_not_abandoned(services: Services) -> None:
    request = await ask(services)
    await services.handoff.claim("agent1", request.id)
    await services.handoff.abandon("ann")
    assert (await services.handoff.state("ann")).state == "with_agent"


async def test_the_transcript_is_encrypted_exported_and_erased(services: Services) -> None:
    await ask(services, transcript=[{"text": "my card ends in 4471"}])
    async with services.db.reading() as connection:
        rows = (await connection.execute(text("SELECT * FROM handoff_requests"))).all()
    assert "4471" not in str(rows)
    assert "4471" in str(await services.handoff.export_personal("ann"))
    assert await services.handoff.erase_personal("ann") == 1
    assert await services.handoff.state("ann") == HandoffState()
