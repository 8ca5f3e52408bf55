"""Tickets: opened once, due by priority, moved only where the table allows, with a history of it all."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from closer.kit.clock import FixedClock
from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.kit.pagination import PageRequest
from closer.services import Services
from closer.tickets.records import Ticket, TicketFilter


async def open_ticket(services: Services, **values: Any) -> Ticket:
    given: dict[str, Any] = {
        "subject": "The lamp flickers",
        "category": "product",
        "customer_id": "ann",
    }
    return await services.tickets.create(**given | values)


async def test_a_ticket_is_opened_with_its_first_comment(
    services: Services, clock: FixedClock
) -> None:
    ticket = await open_ticket(services, comment="Since yesterday.", priority="high")
    found = await services.tickets.get(f" {ticket.id.lower()} ")
    assert found == ticket
    assert (found.state, found.due_at) == ("open", clock.now() + timedelta(hours=24))
    assert [comment.body for comment in found.comments] == ["Since yesterday."]
    assert [(step.field, step.new) for step in found.history] == [("state", "open")]


async def test_the_same_key_opens_one_ticket(services: Services) -> None:
    tickets = await asyncio.gather(
        *(open_ticket(services, idempotency_key="m1", comment="Once.") for _ in range(4))
    )
    assert len({ticket.id for ticket in tickets}) == 1
    assert len((await services.tickets.get(tickets[0].id)).comments) == 1


async def test_more_about_the_same_trouble_goes_to_its_ticket(
    services: Services, clock: FixedClock
) -> None:
    ticket = await open_ticket(services, subject="Complaint: the lamp", conversation_id="c1")
    found = await services.tickets.find_trouble("c1", "product", "Complaint")
    assert found is not None
    more = await services.tickets.tell_more(
        found.id, actor="ann", body="It burned my hand.", priority="urgent"
    )
    assert (more.id, more.priority, more.comments[-1].body) == (
        ticket.id,
        "urgent",
        "It burned my hand.",
    )
    again = await services.tickets.tell_more(found.id, actor="ann", body="Hm.", priority="normal")
    assert again.priority == "urgent"

    assert await services.tickets.find_trouble("c1", "product", "Payment declined") is None
    assert await services.tickets.find_trouble("c2", "product", "Complaint") is None
    clock.advance(hours=25)
    assert await services.tickets.find_trouble("c1", "product", "Complaint") is None


async def test_another_customers_ticket_is_not_found(services: Services) -> None:
    ticket = await open_ticket(services)
    assert await services.tickets.get(ticket.id, "ann") == ticket
    with pytest.raises(NotFound):
        await services.tickets.get(ticket.id, "ben")
    with pytest.raises(NotFound):
        await services.tickets.get("TCK-00000000")


async def test_only_allowed_transitions_happen_and_each_is_in_the_history(
    services: Services,
) -> None:
    ticket = await open_ticket(services)
    for state in ("pending", "resolved", "open", "closed"):
        ticket = await services.tickets.transition(ticket.id, state, actor="agent1")
    assert [step.new for step in ticket.history] == [
        "open",
        "pending",
        "resolved",
        "open",
        "closed",
    ]
    assert {step.actor for step in ticket.history[1:]} == {"agent1"}
    with pytest.raises(Conflict) as error:
        await services.tickets.transition(ticket.id, "open", actor="agent1")
    assert error.value.code == "ticket_transition"
    assert len((await services.tickets.get(ticket.id)).history) == 5


async def test_reopening_forgets_when_it_was_resolved(
    services: Services, clock: FixedClock
) -> None:
    ticket = await open_ticket(services)
    resolved = await services.tickets.transition(ticket.id, "resolved", actor="a")
    assert resolved.resolved_at == clock.now()
    assert (await services.tickets.transition(ticket.id, "open", actor="a")).resolved_at is None


async def test_the_customers_word_reopens_an_agents_does_not(services: Services) -> None:
    ticket = await open_ticket(services)
    await services.tickets.transition(ticket.id, "pending", actor="agent1")
    assert (
        await services.tickets.comment(ticket.id, actor="agent1", body="Waiting.")
    ).state == "pending"
    answered = await services.tickets.comment(ticket.id, actor="ann", body="Here is the photo.")
    assert answered.state == "open"
    assert [comment.author for comment in answered.comments] == ["agent1", "ann"]


async def test_priority_moves_the_due_time(services: Services, clock: FixedClock) -> None:
    ticket = await open_ticket(services, priority="low")
    opened = clock.now()
    clock.advance(hours=1)
    urgent = await services.tickets.set_priority(ticket.id, "urgent", actor="agent1")
    assert urgent.due_at == opened + timedelta(hours=4)
    assert urgent.history[-1].field == "priority"


async def test_assigning_is_noted(services: Services) -> None:
    ticket = await open_ticket(services)
    mine = await services.tickets.assign(ticket.id, "agent1", actor="lead")
    assert (mine.assignee, mine.history[-1].new) == ("agent1", "agent1")
    freed = await services.tickets.assign(ticket.id, None, actor="lead")
    assert freed.assignee is None


async def test_lists_are_filtered(services: Services, clock: FixedClock) -> None:
    first = await open_ticket(services, priority="urgent")
    second = await open_ticket(services, category="refund", customer_id="ben")
    await services.tickets.assign(second.id, "agent1", actor="x")
    await services.tickets.transition(second.id, "pending", actor="x")

    async def ids(**wanted: Any) -> set[str]:
        return {
            item.id
            for item in (await services.tickets.list(PageRequest(), TicketFilter(**wanted))).items
        }

    assert await ids() == {first.id, second.id}
    assert await ids(customer_id="ben") == {second.id}
    assert await ids(category="product") == {first.id}
    assert await ids(states=("pending", "closed")) == {second.id}
    assert await ids(priorities=("urgent",)) == {first.id}
    assert await ids(assignee="agent1") == {second.id}
    assert await ids(unassigned=True) == {first.id}
    assert await ids(overdue_at=clock.now() + timedelta(hours=5)) == {first.id}
    assert await ids(created_from=clock.now() + timedelta(seconds=1)) == set()


async def test_pages_hold_each_ticket_once_while_new_ones_come(services: Services) -> None:
    made = [(await open_ticket(services)).id for _ in range(5)]
    page = await services.tickets.list(PageRequest(limit=2), with_total=True)
    assert page.total == 5
    seen = [item.id for item in page.items]
    await open_ticket(services)
    while page.next_cursor:
        page = await services.tickets.list(PageRequest(2, page.next_cursor))
        seen += [item.id for item in page.items]
    assert sorted(seen) == sorted(made)


@pytest.mark.parametrize(
    "values", [{"subject": "  "}, {"category": "weather"}, {"priority": "highest"}]
)
async def test_bad_values_open_nothing(services: Services, values: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        await open_ticket(services, **values)
    assert (await services.tickets.list(PageRequest())).items == []


async def test_what_people_wrote_is_encrypted_exported_and_erased(services: Services) -> None:
    ticket = await open_ticket(services, comment="My lamp at 5 Elm Street.")
    await services.tickets.comment(
        ticket.id, actor="agent1", body="Check the stock.", internal=True
    )
    async with services.db.reading() as connection:
        rows = (await connection.execute(text("SELECT * FROM tickets"))).all()
        rows += (await connection.execute(text("SELECT * FROM ticket_comments"))).all()
    assert "lamp" not in str(rows)
    [export] = await services.tickets.export_personal("ann")
    assert [comment["body"] for comment in export["comments"]] == ["My lamp at 5 Elm Street."]
    assert await services.tickets.erase_personal("ann") == 1
    with pytest.raises(NotFound):
        await services.tickets.get(ticket.id)


async def test_a_visitors_tickets_follow_the_customer(services: Services) -> None:
    ticket = await open_ticket(services, customer_id=None, conversation_id="vis_1")
    assert await services.tickets.merge("vis_1", "ann") == 1
    assert (await services.tickets.get(ticket.id, "ann")).conversation_id == "ann"
