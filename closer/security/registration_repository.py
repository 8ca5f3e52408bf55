"""SQL of registrations that wait for a proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from closer.kit.db import Database
from closer.security.registration_tables import registrations

_C = registrations.c


@dataclass(frozen=True)
class Registration:
    """An account to be, once its address is proven."""

    id: str
    email: str
    email_hash: str
    name: str
    password_hash: str = field(repr=False)
    token_hash: str = field(repr=False)
    visitor_id: str | None
    tries: int
    mails: int
    mails_since: datetime
    created_at: datetime
    expires_at: datetime


class RegistrationRepository:
    """Rows of registrations; one for each address."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def put(self, values: Mapping[str, Any]) -> None:
        """Write a registration in the place of an earlier one of the same address."""
        changes = {name: value for name, value in values.items() if name != "email_hash"}
        statement = self._db.insert(registrations).values(dict(values))
        statement = statement.on_conflict_do_update(index_elements=["email_hash"], set_=changes)
        async with self._db.transaction() as connection:
            await connection.execute(statement)

    async def by_email(self, email_hash: str, now: datetime) -> Registration | None:
        """Return the registration of an address, if its time is not over."""
        return await self._one(_C.email_hash == email_hash, now)

    async def by_token(self, token_hash: str, now: datetime) -> Registration | None:
        """Return the registration of a link, if its time is not over."""
        return await self._one(_C.token_hash == token_hash, now)

    async def count_try(self, registration_id: str, limit: int) -> bool:
        """Count a try before it is judged; False if there is none left."""
        statement = (
            update(registrations)
            .where(_C.id == registration_id, _C.tries < limit)
            .values(tries=_C.tries + 1)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def take(self, registration_id: str) -> bool:
        """Remove a registration; True for exactly one caller."""
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(
                delete(registrations).where(_C.id == registration_id)
            )
            return bool(done.rowcount == 1)

    async def purge(self, now: datetime) -> int:
        """Delete those whose time is over; return how many there were."""
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(delete(registrations).where(_C.expires_at <= now))
            return int(done.rowcount)

    async def _one(self, condition: Any, now: datetime) -> Registration | None:
        query = select(registrations).where(condition, _C.expires_at > now)
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return Registration(**dict(row)) if row else None
