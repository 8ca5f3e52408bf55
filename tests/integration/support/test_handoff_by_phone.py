"""Handing over on the phone: the team's phone is picked up, the talk ends, nobody answers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from closer.conversations.turn import HandoffState
from closer.handoff.policy import LONGEST_TALK, PHONE
from closer.handoff.records import HandoffRequest
from closer.kit.clock import FixedClock
from closer.services import Services


async def ask(services: Services, conversation: str = "ann") -> HandoffRequest:
    return await services.handoff.request(
        conversation_id=conversation, reason="asked", customer_id=conversation, channel="voice"
    )


async def test_a_talk_on_the_phone_is_led_by_the_team_then_resolved(
    services: Services, clock: FixedClock
) -> None:
    request = await ask(services)
    await services.handoff.picked_up("ann")
    assert (await services.handoff.state("ann")).state == "with_agent"
    assert (await services.tickets.get(str(request.ticket_id))).assignee == PHONE
    clock.advance(minutes=30)  # a long talk is no long wait
    assert await services.handoff.expire_waiting() == []
    assert await services.handoff.talked("ann")
    assert await services.handoff.state("ann") == HandoffState()
    ended = await services.handoff.get(request.id)
    assert (ended.outcome, ended.agent_id) == ("resolved", PHONE)
    assert (await services.tickets.get(str(request.ticket_id))).state == "resolved"
    assert not await services.handoff.talked("ann")


@pytest.mark.parametrize("picked_up", [True, False])
async def test_nobody_on_the_phone_ends_the_wait_and_keeps_the_ticket(
    services: Services, ann: str, clock: FixedClock, *, picked_up: bool
) -> None:
    request = await ask(services, ann)
    if picked_up:  # and put down before the caller was there
        await services.handoff.picked_up(ann)
    ended = await services.handoff.not_reached(ann)
    assert ended is not None
    assert (ended.state, ended.outcome) == ("closed", "promised")
    assert await services.handoff.state(ann) == HandoffState()
    ticket = await services.tickets.get(str(request.ticket_id))
    assert (ticket.state, ticket.assignee) == ("open", None)
    clock.advance(minutes=30)
    assert await services.handoff.expire_waiting() == []
    assert await services.handoff.not_reached(ann) is None


async def test_what_an_agent_at_the_desk_leads_is_left_to_them(services: Services) -> None:
    request = await ask(services)
    await services.handoff.claim("agent1", request.id)
    await services.handoff.picked_up("ann")
    assert not await services.handoff.talked("ann")
    left = await services.handoff.not_reached("ann")
    assert left is not None
    assert (left.state, left.agent_id) == ("with_agent", "agent1")


async def test_a_talk_whose_end_is_never_reported_is_over_in_the_end(
    services: Services, clock: FixedClock
) -> None:
    await ask(services)
    await services.handoff.picked_up("ann")
    clock.advance(seconds=(LONGEST_TALK - timedelta(minutes=1)).total_seconds())
    await services.handoff.expire_waiting()
    assert (await services.handoff.state("ann")).state == "with_agent"
    clock.advance(minutes=1)
    await services.handoff.expire_waiting()
    assert (await services.handoff.state("ann")).state == "bot"


async def test_a_talk_ends_also_if_its_ticket_was_closed_meanwhile(services: Services) -> None:
    request = await ask(services)
    await services.handoff.picked_up("ann")
    await services.tickets.transition(str(request.ticket_id), "closed", actor="agent1")
    assert await services.handoff.talked("ann")
    assert (await services.handoff.state("ann")).state == "bot"
