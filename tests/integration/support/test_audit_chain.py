"""The audit log notices every kind of tampering, and parallel writers leave no gap."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import delete, select, update

from closer.kit.pagination import PageRequest
from closer.security.audit_tables import audit_head, audit_log
from closer.services import Services


async def _write(services: Services, count: int) -> None:
    for number in range(count):
        await services.audit.record(
            actor="admin",
            action="rule.changed",
            target=f"rule:{number}",
            details={"number": number},
        )


async def test_an_untouched_log_is_intact_and_empty_ones_too(services: Services) -> None:
    assert (await services.audit.verify()).intact
    await _write(services, 5)
    check = await services.audit.verify()
    assert check.intact
    assert check.checked == 5


@pytest.mark.parametrize(
    "column", ["actor", "action", "target", "outcome", "details", "correlation_id"]
)
async def test_a_changed_row_is_found(services: Services, column: str) -> None:
    await _write(services, 5)
    async with services.db.transaction() as connection:
        await connection.execute(
            update(audit_log).where(audit_log.c.seq == 3).values({column: "other"})
        )
    assert (await services.audit.verify()).broken_at == 3


async def test_a_row_changed_together_with_its_hash_breaks_the_next(services: Services) -> None:
    await _write(services, 4)
    async with services.db.transaction() as connection:
        await connection.execute(
            update(audit_log).where(audit_log.c.seq == 2).values(hash="f" * 64)
        )
    assert (await services.audit.verify()).broken_at == 2


async def test_a_removed_row_is_found(services: Services) -> None:
    await _write(services, 5)
    async with services.db.transaction() as connection:
        await connection.execute(delete(audit_log).where(audit_log.c.seq == 2))
    check = await services.audit.verify()
    assert check.broken_at == 2
    assert "missing" in check.reason


async def test_a_cut_off_end_is_found(services: Services) -> None:
    await _write(services, 5)
    async with services.db.transaction() as connection:
        await connection.execute(delete(audit_log).where(audit_log.c.seq > 3))
    assert (await services.audit.verify()).broken_at == 4


async def test_cutting_off_the_end_and_moving_the_head_needs_the_key(services: Services) -> None:
    await _write(services, 5)
    async with services.db.transaction() as connection:
        third = (
            await connection.execute(select(audit_log.c.hash).where(audit_log.c.seq == 3))
        ).scalar_one()
        await connection.execute(delete(audit_log).where(audit_log.c.seq > 3))
        await connection.execute(update(audit_head).values(seq=3, hash=third))
    check = await services.audit.verify()
    assert not check.intact
    assert "sealed" in check.reason


async def test_a_removed_head_is_found(services: Services) -> None:
    await _write(services, 2)
    async with services.db.transaction() as connection:
        await connection.execute(delete(audit_head))
    assert not (await services.audit.verify()).intact


async def test_parallel_writers_leave_one_chain_without_gaps(services: Services) -> None:
    await asyncio.gather(*(_write(services, 5) for _ in range(6)))
    check = await services.audit.verify()
    assert check.intact
    assert check.checked == 30


async def test_a_row_goes_with_the_transaction_that_it_is_about(services: Services) -> None:
    with pytest.raises(RuntimeError):
        async with services.db.transaction():
            await _write(services, 1)
            raise RuntimeError
    assert (await services.audit.entries(PageRequest())).items == []
    await _write(services, 1)
    assert (await services.audit.verify()).intact


async def test_details_lose_addresses_and_secrets(services: Services) -> None:
    details = {"note": "wrote to ann@example.org", "password": "hunter2", "count": 3}
    await services.audit.record(actor="a", action="x", target="t", details=details)
    [entry] = (await services.audit.entries(PageRequest())).items
    assert entry.details["count"] == 3
    assert "ann@example.org" not in str(entry.details)
    assert "hunter2" not in str(entry.details)


async def test_entries_are_paged_newest_first_and_filtered(services: Services) -> None:
    await _write(services, 5)
    await services.audit.record(actor="bob", action="privacy.received", target="customer:ann")
    first = await services.audit.entries(PageRequest(limit=4))
    rest = await services.audit.entries(PageRequest(4, first.next_cursor))
    assert [entry.seq for entry in [*first.items, *rest.items]] == [6, 5, 4, 3, 2, 1]
    [found] = (await services.audit.entries(PageRequest(), action="privacy.")).items
    assert found.target == "customer:ann"
    assert (await services.audit.entries(PageRequest(), actor="bob")).items == [found]
