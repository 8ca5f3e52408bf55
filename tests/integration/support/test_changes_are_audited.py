"""What services change is in the audit log: who and what, in the same transaction, without personal values."""

from __future__ import annotations

import pytest

from closer.customers.records import NewAddress
from closer.kit.changes import NotedChange
from closer.kit.pagination import PageRequest
from closer.security.audit import AuditEntry
from closer.services import Services

PERSON = {"name": "Vera Example", "email": "vera@example.org", "phone": "+12025550133"}
PLACE = NewAddress(street="7 Larch Way", city="Boise", region="ID", postcode="83702", country="US")


async def _log(services: Services) -> list[AuditEntry]:
    entries = (await services.audit.entries(PageRequest(limit=100))).items
    return list(reversed(entries))


async def test_a_change_of_an_account_names_the_customer_and_the_fields_alone(
    services: Services,
) -> None:
    customer = await services.customers.create(**PERSON, by="registration")
    await services.customers.update(customer.id, name="Vera New", phone=None, by="msg:m1")
    await services.customers.add_address(customer.id, PLACE, by="msg:m2")
    log = await _log(services)
    steps = [(entry.actor, entry.action, entry.target) for entry in log]
    target = f"customer:{customer.id}"
    assert steps == [
        ("registration", "account.created", target),
        (customer.id, "account.changed", target),
        (customer.id, "address.added", target),
        (customer.id, "address.default", target),
    ]
    assert log[1].details == {"by": "msg:m1", "fields": ["name", "phone"]}
    written = repr(log)
    assert not any(value in written for value in ("Vera", "example.org", "0133", "Larch", "Boise"))
    assert (await services.audit.verify()).intact


async def test_what_is_rolled_back_is_not_in_the_log(services: Services) -> None:
    with pytest.raises(ZeroDivisionError):
        async with services.db.transaction():
            await services.tickets.create(subject="lamp", category="order")
            raise ZeroDivisionError
    assert await _log(services) == []


async def test_a_ticket_and_a_handoff_are_followed_to_their_end(services: Services) -> None:
    request = await services.handoff.request(conversation_id="vis_1", reason="asked")
    await services.handoff.claim("agent_1", request.id)
    await services.handoff.close(request.id, "agent_1", "my phone is 0133")
    log = await _log(services)
    assert [(entry.actor, entry.action) for entry in log] == [
        ("vis_1", "handoff.requested"),
        ("assistant", "ticket.opened"),
        ("agent_1", "handoff.with_agent"),
        ("agent_1", "ticket.changed"),
        ("agent_1", "handoff.closed"),
        ("agent_1", "ticket.changed"),
    ]
    assert log[-2].details == {"outcome": "resolved"}
    assert "0133" not in repr(log)
    assert (await services.audit.verify()).intact


async def test_a_change_belongs_to_a_transaction(services: Services) -> None:
    with pytest.raises(RuntimeError):
        services.db.note(NotedChange("somebody", "thing.done", "thing:1"))
