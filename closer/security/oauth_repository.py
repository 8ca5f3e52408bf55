"""SQL of authorization codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from closer.kit.db import Database
from closer.security.oauth_tables import oauth_codes
from closer.security.tables import changed_rows


@dataclass(frozen=True)
class Code:
    """An authorization code; only its hash is known here."""

    code_hash: str
    client_id: str
    redirect_uri: str
    account_id: str
    family: str
    expires_at: datetime
    used_at: datetime | None = None


class CodeRows:
    """Stored codes.

    Args:
        db: The database.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, code: Code) -> None:
        """Store a code."""
        async with self._db.transaction() as connection:
            await connection.execute(oauth_codes.insert().values(**code.__dict__))

    async def find(self, code_hash: str) -> Code | None:
        """Return a code, used or not."""
        query = select(oauth_codes).where(oauth_codes.c.code_hash == code_hash)
        async with self._db.reading() as connection:
            row = (await connection.execute(query)).mappings().first()
        return Code(**row) if row else None

    async def use(self, code_hash: str, now: datetime) -> bool:
        """Use a code up; of several who try, one gets True."""
        statement = (
            update(oauth_codes)
            .where(oauth_codes.c.code_hash == code_hash, oauth_codes.c.used_at.is_(None))
            .values(used_at=now)
        )
        async with self._db.transaction() as connection:
            return changed_rows(await connection.execute(statement)) == 1

    async def end_all(self, account_id: str) -> None:
        """Forget the codes of an account."""
        async with self._db.transaction() as connection:
            await connection.execute(
                delete(oauth_codes).where(oauth_codes.c.account_id == account_id)
            )

    async def purge(self, before: datetime) -> int:
        """Forget codes that ended before a moment; return how many."""
        async with self._db.transaction() as connection:
            gone = await connection.execute(
                delete(oauth_codes).where(oauth_codes.c.expires_at < before)
            )
        return changed_rows(gone)
