"""Appointments: a call by an agent in business hours, for when nobody is there now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

import phonenumbers
from sqlalchemy import func, or_, select, update

from closer.handoff import policy
from closer.handoff.records import Appointment, Slot
from closer.handoff.tables import appointments
from closer.kit.clock import Clock, as_utc
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, NotFound
from closer.kit.ids import fitted_key, new_id

_A = appointments.c
_FIELDS = [item.name for item in fields(Appointment)]


class AppointmentRepository:
    """Rows of appointments."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, **values: Any) -> bool:
        """Store an appointment; False if its place or idempotency key is taken."""
        statement = self._db.insert_new(appointments).values(**values)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def find(self, **wanted: Any) -> Appointment | None:
        """Return the appointment with these values."""
        query = select(appointments).where(*(_A[name] == value for name, value in wanted.items()))
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _record(row) if row else None

    async def taken(self, start: datetime, end: datetime) -> dict[datetime, int]:
        """Return how many appointments stand at each start within a time."""
        query = (
            select(_A.starts_at, func.count())
            .where(_A.state == "booked", _A.starts_at >= start, _A.starts_at < end)
            .group_by(_A.starts_at)
        )
        async with self._db.reading() as connection:
            return {at: int(count) for at, count in await connection.execute(query)}

    async def between(self, start: datetime, end: datetime) -> Sequence[Appointment]:
        """Return the appointments that stand within a time."""
        query = (
            select(appointments)
            .where(_A.state == "booked", _A.starts_at >= start, _A.starts_at < end)
            .order_by(_A.starts_at, _A.id)
        )
        async with self._db.reading() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def of_customer(self, customer_id: str) -> Sequence[Appointment]:
        """Return all of a customer's appointments."""
        query = select(appointments).where(_A.customer_id == customer_id).order_by(_A.starts_at)
        async with self._db.reading() as connection:
            return [_record(row) for row in (await connection.execute(query)).mappings()]

    async def cancel(self, appointment_id: str) -> None:
        """Cancel an appointment; its place is free again."""
        statement = (
            update(appointments)
            .where(_A.id == appointment_id)
            .values(state="cancelled", slot_key=None)
        )
        async with self._db.transaction() as connection:
            await connection.execute(statement)

    async def erase(self, customer_id: str) -> int:
        """Delete a customer's or visitor's appointments; return how many there were."""
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(
                appointments.delete().where(
                    or_(_A.customer_id == customer_id, _A.conversation_id == customer_id)
                )
            )
            return int(done.rowcount)


class AppointmentService:
    """Calls that are agreed on.

    Args:
        db: The database.
        clock: The time.
        region: How to read phone numbers without country code.
    """

    def __init__(self, db: Database, clock: Clock, region: str = "US") -> None:
        self._db = db
        self._clock = clock
        self._region = region
        self._rows = AppointmentRepository(db)

    async def free_slots(
        self, start: datetime | None = None, *, days: int = 7, limit: int = 10
    ) -> Sequence[Slot]:
        """Return when a call is possible, the soonest first.

        Args:
            start: From when; not sooner than in an hour.
            days: How many days ahead to look.
            limit: How many to return at most.
        """
        now = self._clock.now()
        first = max(as_utc(start) if start else now, now + policy.LEAD_TIME)
        last = min(first + timedelta(days=days), now + policy.LONGEST_AHEAD)
        taken = await self._rows.taken(first, last)
        found: list[Slot] = []
        day = first
        while day.date() <= last.date() and len(found) < limit:
            for begin in policy.slots_of(day):
                if first <= begin < last and taken.get(begin, 0) < policy.APPOINTMENT_LANES:
                    found.append(Slot(begin, begin + policy.SLOT))
            day += timedelta(days=1)
        return found[:limit]

    async def book(
        self,
        *,
        customer_id: str,
        starts_at: datetime,
        topic: str,
        phone: str,
        conversation_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Appointment:
        """Agree on a call; the same idempotency key gives the appointment that is there.

        Raises:
            InvalidInput: `phone` if the number cannot be called; `slot` if nobody works then.
            Conflict: `slot_taken`, if all agents are booked by now.
        """
        number, begin, now = self._phone(phone), as_utc(starts_at), self._clock.now()
        if idempotency_key is not None:
            idempotency_key = fitted_key(idempotency_key)
            known = await self._rows.find(idempotency_key=idempotency_key)
            if known is not None:
                return known
        if begin not in policy.slots_of(begin) or not now <= begin <= now + policy.LONGEST_AHEAD:
            raise InvalidInput(
                "no calls are possible at that time", field="slot", code="slot_invalid"
            )
        values = {
            "customer_id": customer_id,
            "conversation_id": conversation_id,
            "starts_at": begin,
            "ends_at": begin + policy.SLOT,
            "topic": topic.strip()[:500] or "General question",
            "phone": number,
            "state": "booked",
            "idempotency_key": idempotency_key,
            "created_at": now,
        }
        for lane in range(policy.APPOINTMENT_LANES):
            appointment_id = new_id("apt")
            if await self._rows.add(
                id=appointment_id, slot_key=f"{begin.isoformat()}/{lane}", **values
            ):
                return await self.get(appointment_id)
        known = await self._rows.find(idempotency_key=idempotency_key) if idempotency_key else None
        if known is None:
            raise Conflict("that time was just taken", code="slot_taken")
        return known

    async def get(self, appointment_id: str, customer_id: str | None = None) -> Appointment:
        """Return an appointment, of a customer if one is named.

        Raises:
            NotFound: `appointment_not_found`.
        """
        found = await self._rows.find(id=appointment_id)
        if found is None or (customer_id is not None and found.customer_id != customer_id):
            raise NotFound("there is no such appointment", code="appointment_not_found")
        return found

    async def upcoming(self, customer_id: str) -> Sequence[Appointment]:
        """Return a customer's appointments that are still to come."""
        now = self._clock.now()
        return [
            item
            for item in await self._rows.of_customer(customer_id)
            if item.state == "booked" and item.ends_at > now
        ]

    async def agenda(self, start: datetime, end: datetime) -> Sequence[Appointment]:
        """Return the appointments that stand within a time, for the desk."""
        return await self._rows.between(start, end)

    async def cancel(self, appointment_id: str, customer_id: str | None = None) -> Appointment:
        """Cancel an appointment; cancelling twice is fine."""
        await self.get(appointment_id, customer_id)
        await self._rows.cancel(appointment_id)
        return await self.get(appointment_id)

    async def export_personal(self, customer_id: str) -> Sequence[Mapping[str, Any]]:
        """Return a customer's appointments, for their data export."""
        return [asdict(item) for item in await self._rows.of_customer(customer_id)]

    async def erase_personal(self, customer_id: str) -> int:
        """Delete a customer's appointments; return how many there were."""
        return await self._rows.erase(customer_id)

    def _phone(self, phone: str) -> str:
        try:
            number = phonenumbers.parse(phone, self._region)
        except phonenumbers.NumberParseException as error:
            raise InvalidInput("that is no phone number", field="phone") from error
        if not phonenumbers.is_possible_number(number):
            raise InvalidInput("that is no phone number", field="phone")
        return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _record(row: Mapping[Any, Any]) -> Appointment:
    return Appointment(**{name: row[name] for name in _FIELDS})
