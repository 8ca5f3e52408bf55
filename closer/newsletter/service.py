"""The newsletter's service: addresses that were proven by a one-time code, and no others."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from closer.kit.clock import Clock
from closer.kit.columns import process_cipher
from closer.kit.db import Database
from closer.newsletter.tables import newsletter_subscribers

_T = newsletter_subscribers.c


class NewsletterService:
    """Subscribers without an account.

    Args:
        db: The database.
        clock: The time.
    """

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def subscribe(self, email: str) -> None:
        """Add an address that was proven; to do so twice is fine."""
        values = {
            "email_hash": _hash(email),
            "email": email.strip().lower(),
            "confirmed_at": self._clock.now(),
        }
        statement = self._db.insert_new(newsletter_subscribers).values(values)
        async with self._db.transaction() as connection:
            await connection.execute(statement)

    async def unsubscribe(self, email: str) -> bool:
        """Remove an address; return whether it was there."""
        statement = delete(newsletter_subscribers).where(_T.email_hash == _hash(email))
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(statement)
            return bool(done.rowcount)

    async def is_subscribed(self, email: str) -> bool:
        """Say whether an address gets the newsletter."""
        query = select(_T.email_hash).where(_T.email_hash == _hash(email))
        async with self._db.reading() as connection:
            return (await connection.execute(query)).first() is not None


def _hash(email: str) -> str:
    return process_cipher().lookup_hash(f"newsletter.email:{email.strip().casefold()}")
