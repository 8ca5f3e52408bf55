"""Tables of sign-in (accounts, failed sign-ins, refresh tokens, revoked access tokens) and the SQL of accounts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    select,
    update,
)

from closer.kit.columns import EncryptedText, UtcDateTime
from closer.kit.db import Database, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", String(40), primary_key=True),
    Column("email", EncryptedText("accounts.email"), nullable=False),
    Column("email_hash", String(64), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),  # argon2id, PHC string
    Column("role", String(16), nullable=False),
    Column("customer_id", String(128), index=True),
    Column("verified", Boolean, nullable=False, default=False),
    Column("seeded", Boolean, nullable=False, default=False),  # made by the demo shop's seed
    Column("failed_count", Integer, nullable=False, default=0),
    Column("locked_until", UtcDateTime()),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("state", String(16), nullable=False, default="active"),  # active, closed
)

# Addresses without an account are counted too: an answer must not tell whether there is one.
unknown_sign_ins = Table(
    "unknown_sign_ins",
    metadata,
    Column("email_hash", String(64), primary_key=True),
    Column("failed_count", Integer, nullable=False),
    Column("locked_until", UtcDateTime()),
    Column("last_at", UtcDateTime(), nullable=False, index=True),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256 of 256 random bits
    Column("family", String(40), nullable=False, index=True),
    Column(
        "account_id", String(40), ForeignKey("accounts.account_id", ondelete="CASCADE"), index=True
    ),
    Column("subject", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("customer_id", String(128)),
    Column("access_id", String(40), nullable=False),  # the access token that came with it
    Column("access_until", UtcDateTime(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False, index=True),
    Column("used_at", UtcDateTime()),
    Column("voided_at", UtcDateTime()),
    Index("ix_refresh_tokens_access_id", "access_id"),
)

revoked_tokens = Table(
    "revoked_tokens",
    metadata,
    Column("token_id", String(40), primary_key=True),
    Column("expires_at", UtcDateTime(), nullable=False, index=True),
)

#: A row as SQLAlchemy gives it, by column name.
Row = Mapping[str, Any]

_FREE_FAILURES = 5
_FIRST_WAIT_S = 30
_LONGEST_WAIT_S = 900
_FORGET_AFTER = timedelta(days=1)


def changed_rows(result: Any) -> int:
    """Return how many rows a statement changed (the stubs of SQLAlchemy 1.4 do not know)."""
    return int(result.rowcount)


def wait_after(failures: int) -> timedelta | None:
    """Return how long sign-in is locked after so many failures in a row, None if it is not."""
    if failures < _FREE_FAILURES:
        return None
    doublings = min(failures - _FREE_FAILURES, 10)
    return timedelta(seconds=min(_FIRST_WAIT_S * 2**doublings, _LONGEST_WAIT_S))


@dataclass(frozen=True)
class Attempt:
    """A sign-in that may go on, unless `locked_for_s` says how long to wait; the account is None if unknown."""

    account: Row | None
    locked_for_s: int = 0


class AccountRows:
    """SQL of accounts and of failed sign-ins."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, values: dict[str, Any]) -> bool:
        """Store an account; return False if the address is taken."""
        statement = (
            self._db.insert(accounts)
            .values(values)
            .on_conflict_do_nothing(index_elements=["email_hash"])
        )
        async with self._db.transaction() as connection:
            return changed_rows(await connection.execute(statement)) == 1

    async def find(self, **equal: str) -> Row | None:
        """Return the account whose columns have these values."""
        query = select(accounts).where(
            *(accounts.c[name] == value for name, value in equal.items())
        )
        async with self._db.reading() as connection:
            return (
                (await connection.execute(query.order_by(accounts.c.account_id))).mappings().first()
            )

    async def seeded_customers(self, limit: int) -> list[str]:
        """Return ids of accounts that the seed made for customers, in the order they were made."""
        query = select(accounts.c.account_id).where(
            accounts.c.seeded.is_(True), accounts.c.role == "customer", accounts.c.state == "active"
        )
        async with self._db.reading() as connection:
            return list(
                (
                    await connection.execute(query.order_by(accounts.c.account_id).limit(limit))
                ).scalars()
            )

    async def change(self, account_id: str, **values: Any) -> None:
        """Set columns of an account."""
        async with self._db.transaction() as connection:
            await connection.execute(
                update(accounts).where(accounts.c.account_id == account_id).values(**values)
            )

    async def of_customer(self, customer_id: str) -> list[str]:
        """Return the ids of a customer's accounts, closed ones too."""
        query = select(accounts.c.account_id).where(accounts.c.customer_id == customer_id)
        async with self._db.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def delete(self, account_id: str) -> None:
        """Delete an account."""
        async with self._db.transaction() as connection:
            await connection.execute(delete(accounts).where(accounts.c.account_id == account_id))

    async def begin_attempt(self, email_hash: str, now: datetime) -> Attempt:
        """Count a sign-in as failed before it is tried, so that many at once get no more tries than one by one.

        Success resets the count. Known and unknown addresses are counted alike.
        """
        async with self._db.transaction() as connection:
            found = await connection.execute(_lock(accounts, email_hash))
            table = accounts if changed_rows(found) else unknown_sign_ins
            if table is unknown_sign_ins:
                first = {"email_hash": email_hash, "failed_count": 0, "last_at": now}
                await connection.execute(self._db.insert_new(table).values(first))
                await connection.execute(_lock(table, email_hash))
            row = (
                (await connection.execute(select(table).where(table.c.email_hash == email_hash)))
                .mappings()
                .one()
            )
            account = row if table is accounts else None
            if row["locked_until"] is not None and row["locked_until"] > now:
                return Attempt(account, math.ceil((row["locked_until"] - now).total_seconds()))
            failures = row["failed_count"] + 1
            wait = wait_after(failures)
            values: dict[str, Any] = {
                "failed_count": failures,
                "locked_until": now + wait if wait else None,
            }
            if table is unknown_sign_ins:
                values["last_at"] = now
            await connection.execute(
                update(table).where(table.c.email_hash == email_hash).values(**values)
            )
        return Attempt(account)

    async def purge(self, now: datetime) -> int:
        """Forget failed sign-ins of unknown addresses after a day; return how many."""
        statement = delete(unknown_sign_ins).where(unknown_sign_ins.c.last_at < now - _FORGET_AFTER)
        async with self._db.transaction() as connection:
            return changed_rows(await connection.execute(statement))


def _lock(table: Table, email_hash: str) -> Any:
    """An update that changes nothing and holds the row until the transaction ends (SQLite has no FOR UPDATE)."""
    return (
        update(table)
        .where(table.c.email_hash == email_hash)
        .values(failed_count=table.c.failed_count)
    )
