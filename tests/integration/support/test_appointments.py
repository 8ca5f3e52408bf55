"""Appointments: in business hours, never more than there are agents, cancelled places are free again."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text

from closer.handoff import policy
from closer.handoff.records import Appointment
from closer.kit.clock import FixedClock
from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.services import Services

SLOT = datetime(2026, 3, 10, 14, 0, tzinfo=timezone.utc)


async def book(services: Services, customer: str = "ann", **values: Any) -> Appointment:
    given: dict[str, Any] = {"starts_at": SLOT, "topic": "A broken lamp", "phone": "(202) 555-0123"}
    return await services.appointments.book(customer_id=customer, **given | values)


async def test_a_call_is_agreed_on_and_found_again(services: Services) -> None:
    appointment = await book(services)
    assert (appointment.phone, appointment.ends_at) == (
        "+12025550123",
        SLOT + timedelta(minutes=30),
    )
    assert await services.appointments.upcoming("ann") == [appointment]
    assert await services.appointments.agenda(SLOT, SLOT + timedelta(hours=1)) == [appointment]
    with pytest.raises(NotFound):
        await services.appointments.get(appointment.id, "ben")


async def test_free_slots_are_in_business_hours_and_not_too_soon(
    services: Services, clock: FixedClock
) -> None:
    slots = await services.appointments.free_slots(limit=100)
    assert slots[0].starts_at == clock.now() + timedelta(hours=1)
    assert all(policy.is_open(slot.starts_at) for slot in slots)
    assert not any(slot.starts_at.weekday() == 6 for slot in slots)


async def test_a_slot_takes_as_many_as_there_are_agents(services: Services) -> None:
    outcomes = await asyncio.gather(
        *(book(services, f"c{n}") for n in range(policy.APPOINTMENT_LANES + 2)),
        return_exceptions=True,
    )
    assert sum(isinstance(item, Appointment) for item in outcomes) == policy.APPOINTMENT_LANES
    refused = [item for item in outcomes if isinstance(item, Conflict)]
    assert {item.code for item in refused} == {"slot_taken"}
    assert SLOT not in {slot.starts_at for slot in await services.appointments.free_slots(limit=50)}


async def test_a_cancelled_place_is_free_again(services: Services) -> None:
    booked = [await book(services, f"c{n}") for n in range(policy.APPOINTMENT_LANES)]
    cancelled = await services.appointments.cancel(booked[0].id, "c0")
    assert cancelled.state == "cancelled"
    assert await services.appointments.cancel(booked[0].id) == cancelled
    assert (await book(services, "late")).starts_at == SLOT


async def test_the_same_key_books_once(services: Services) -> None:
    first = await book(services, idempotency_key="m1")
    again = await book(services, idempotency_key="m1")
    assert again == first
    await book(services, "ben")


@pytest.mark.parametrize(
    "start",
    [
        SLOT.replace(hour=3),
        SLOT.replace(minute=10),
        SLOT.replace(day=9),
        SLOT + timedelta(days=5),  # a Sunday
        SLOT + timedelta(days=60),
    ],
)
async def test_times_at_which_nobody_works_are_refused(services: Services, start: datetime) -> None:
    with pytest.raises(InvalidInput) as error:
        await book(services, starts_at=start)
    assert error.value.code == "slot_invalid"


async def test_a_number_that_cannot_be_called_is_refused(services: Services) -> None:
    for phone in ("call me", "12", ""):
        with pytest.raises(InvalidInput):
            await book(services, phone=phone)


async def test_topic_and_phone_are_encrypted_and_erased(services: Services) -> None:
    await book(services)
    async with services.db.reading() as connection:
        rows = (await connection.execute(text("SELECT * FROM appointments"))).all()
    assert "lamp" not in str(rows)
    assert "5550123" not in str(rows)
    assert await services.appointments.erase_personal("ann") == 1
    assert await services.appointments.upcoming("ann") == []
