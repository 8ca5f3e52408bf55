"""SQL of one-time codes and password reset links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, text, update

from closer.kit.db import Database
from closer.security.verification_records import Challenge
from closer.security.verification_tables import password_resets, verification_challenges

_FIELDS = [item.name for item in fields(Challenge)]
_C = verification_challenges.c


def _record(row: Mapping[Any, Any]) -> Challenge:
    return Challenge(**{name: row[name] for name in _FIELDS})


async def take_turn(db: Database, key: str) -> None:
    """Let one transaction at a time go on with a key, so that a count stays true until the commit.

    SQLite has one writer at a time anyway.
    """
    if not db.is_sqlite:
        async with db.transaction() as connection:
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": key}
            )


class ChallengeRepository:
    """Rows of one-time codes."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, **values: Any) -> None:
        """Store a challenge; an earlier one for the same subject and purpose is superseded."""
        older = (
            _C.subject == values["subject"],
            _C.purpose == values["purpose"],
            _C.state == "pending",
        )
        async with self._db.transaction() as connection:
            await connection.execute(
                update(verification_challenges).where(*older).values(state="superseded")
            )
            await connection.execute(verification_challenges.insert().values(**values))

    async def find(self, challenge_id: str) -> Challenge | None:
        """Return a challenge."""
        query = select(verification_challenges).where(_C.id == challenge_id)
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _record(row) if row else None

    async def latest(self, conversation_id: str, purpose: str) -> Challenge | None:
        """Return the newest challenge of a conversation and purpose."""
        query = (
            select(verification_challenges)
            .where(_C.conversation_id == conversation_id, _C.purpose == purpose)
            .order_by(_C.id.desc())
            .limit(1)
        )
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _record(row) if row else None

    async def pending(self, subject: str, purpose: str) -> Challenge | None:
        """Return the challenge of a subject and purpose that is not over."""
        query = select(verification_challenges).where(
            _C.subject == subject, _C.purpose == purpose, _C.state == "pending"
        )
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _record(row) if row else None

    async def times(self, subject: str, since: datetime) -> list[datetime]:
        """Return when a subject asked for codes since a moment, the oldest first."""
        query = (
            select(_C.created_at)
            .where(_C.subject == subject, _C.created_at > since)
            .order_by(_C.created_at)
        )
        async with self._db.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def conversation_times(self, conversation_id: str, since: datetime) -> list[datetime]:
        """Return when codes were asked for in a conversation since a moment, the oldest first."""
        query = (
            select(_C.created_at)
            .where(_C.conversation_id == conversation_id, _C.created_at > since)
            .order_by(_C.created_at)
        )
        async with self._db.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def wrong_tries(self, subject: str, since: datetime) -> tuple[int, datetime | None]:
        """Return how many wrong codes a subject's challenges since a moment got, and when the newest began."""
        query = select(func.coalesce(func.sum(_C.wrong_tries), 0), func.max(_C.created_at)).where(
            _C.subject == subject, _C.created_at > since, _C.wrong_tries > 0
        )
        async with self._db.reading() as connection:
            count, newest = (await connection.execute(query)).one()
        return int(count), newest

    async def count_try(self, challenge_id: str, limit: int) -> bool:
        """Count a try before it is judged; False if there is none left or the challenge is over."""
        statement = (
            update(verification_challenges)
            .where(_C.id == challenge_id, _C.state == "pending", _C.wrong_tries < limit)
            .values(wrong_tries=_C.wrong_tries + 1)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def use(self, challenge_id: str, now: datetime) -> bool:
        """Mark a challenge used; True for exactly one caller. The try that was counted was no wrong one."""
        statement = (
            update(verification_challenges)
            .where(_C.id == challenge_id, _C.state == "pending")
            .values(state="used", used_at=now, wrong_tries=_C.wrong_tries - 1)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)

    async def close(self, challenge_id: str, state: str) -> None:
        """End a challenge that is still open."""
        statement = (
            update(verification_challenges)
            .where(_C.id == challenge_id, _C.state == "pending")
            .values(state=state)
        )
        async with self._db.transaction() as connection:
            await connection.execute(statement)

    async def expire(self, now: datetime) -> int:
        """End all challenges whose time is over; return how many."""
        statement = (
            update(verification_challenges)
            .where(_C.state == "pending", _C.expires_at <= now)
            .values(state="expired")
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return int(done.rowcount)

    async def erase(self, customer_id: str) -> int:
        """Delete a customer's or visitor's challenges; return how many there were."""
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(
                verification_challenges.delete().where(
                    or_(_C.customer_id == customer_id, _C.conversation_id == customer_id)
                )
            )
            return int(done.rowcount)


class ResetRepository:
    """Rows of password reset links."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, **values: Any) -> None:
        """Store a link's hash; earlier links of the account end."""
        table = password_resets.c
        async with self._db.transaction() as connection:
            await connection.execute(
                update(password_resets)
                .where(table.account_id == values["account_id"], table.state == "pending")
                .values(state="superseded")
            )
            await connection.execute(password_resets.insert().values(**values))

    async def times(self, account_id: str, since: datetime) -> list[datetime]:
        """Return when links were asked for since a moment, the oldest first."""
        table = password_resets.c
        query = (
            select(table.created_at)
            .where(table.account_id == account_id, table.created_at > since)
            .order_by(table.created_at)
        )
        async with self._db.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def find(self, token_hash: str, now: datetime) -> str | None:
        """Return the account of a link that still works."""
        table = password_resets.c
        query = select(table.account_id).where(
            table.token_hash == token_hash, table.state == "pending", table.expires_at > now
        )
        async with self._db.reading() as connection:
            found = (await connection.execute(query)).scalar()
        return None if found is None else str(found)

    async def use(self, token_hash: str, now: datetime) -> bool:
        """Mark a link used; True for exactly one caller."""
        table = password_resets.c
        statement = (
            update(password_resets)
            .where(table.token_hash == token_hash, table.state == "pending", table.expires_at > now)
            .values(state="used", used_at=now)
        )
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount == 1)
