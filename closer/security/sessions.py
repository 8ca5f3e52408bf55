"""Sessions: access tokens with rotating refresh tokens, and the list of those that are void before their time.

A family is what grows from one sign-in. A refresh token works once; one that comes back was stolen or lost, so the
whole family ends. Only hashes of refresh tokens are stored.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import NotAuthenticated
from closer.kit.ids import new_id
from closer.kit.logging import get_logger
from closer.kit.settings import Settings
from closer.security.roles import Role
from closer.security.tables import Row, changed_rows, refresh_tokens, revoked_tokens
from closer.security.tokens import Claims, issue_token, verify_token

_log = get_logger(__name__)

# Built once, because it runs with every request.
_REVOKED = select(revoked_tokens.c.token_id).where(revoked_tokens.c.token_id == bindparam("token"))


@dataclass(frozen=True)
class TokenPair:
    """What a sign-in gives.

    Attributes:
        access_token: The bearer token.
        refresh_token: Works once, for the next pair.
        claims: What the access token says.
    """

    access_token: str
    refresh_token: str
    claims: Claims


@dataclass(frozen=True)
class Holder:
    """Whom a session is of; `account_id` is None for visitors."""

    subject: str
    role: Role
    customer_id: str | None = None
    account_id: str | None = None


class SessionStore:
    """Opens, renews and ends sessions.

    Args:
        db: The database.
        settings: Lifetimes and the signing key.
        clock: The time.
    """

    def __init__(self, db: Database, settings: Settings, clock: Clock) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock

    async def open(self, holder: Holder, family: str | None = None) -> TokenPair:
        """Issue a pair, in a new family unless one is named."""
        now = self._clock.now()
        pair = self._issue(holder)
        values = {
            "token_hash": _digest(pair.refresh_token),
            "family": family or new_id("fam"),
            "account_id": holder.account_id,
            "subject": holder.subject,
            "role": holder.role.value,
            "customer_id": holder.customer_id,
            "access_id": pair.claims.token_id,
            "access_until": pair.claims.expires_at,
            "created_at": now,
            "expires_at": now + timedelta(seconds=self._settings.refresh_token_ttl_s),
        }
        async with self._db.transaction() as connection:
            await connection.execute(refresh_tokens.insert().values(values))
        return pair

    async def renew(self, refresh_token: str) -> TokenPair:
        """Exchange a refresh token for a new pair.

        Raises:
            NotAuthenticated: if it is unknown, expired or void; if it was used before (code `refresh_reused`), its
                family has ended with this.
        """
        async with self._db.transaction():
            row = await self._use(_digest(refresh_token))
            if row is not None and row["used_at"] is None:
                return await self.open(_holder(row), row["family"])
            if row is not None:
                await self._void(refresh_tokens.c.family == row["family"])
        if row is None:
            raise NotAuthenticated("the refresh token is not valid")
        _log.warning("refresh_token_reused", family=row["family"], role=row["role"])
        raise NotAuthenticated(
            "the refresh token was used before; sign in again", code="refresh_reused"
        )

    async def end(self, claims: Claims) -> None:
        """End the session that an access token belongs to; the token itself in any case."""
        family = select(refresh_tokens.c.family).where(
            refresh_tokens.c.access_id == claims.token_id
        )
        async with self._db.transaction():
            await self._revoke({claims.token_id: claims.expires_at})
            await self._void(refresh_tokens.c.family.in_(family.scalar_subquery()))

    async def end_family(self, family: str) -> None:
        """End the session of a name, if there is one."""
        await self._void(refresh_tokens.c.family == family)

    async def end_all(self, account_id: str) -> None:
        """End every session of an account."""
        async with self._db.transaction():
            await self._void(refresh_tokens.c.account_id == account_id)

    async def is_revoked(self, token_id: str) -> bool:
        """Say whether an access token is void before its time."""
        async with self._db.reading() as connection:
            return (await connection.execute(_REVOKED, {"token": token_id})).first() is not None

    async def purge(self) -> int:
        """Forget what has expired anyway; return how many rows went."""
        now = self._clock.now()
        async with self._db.transaction() as connection:
            gone = await connection.execute(
                delete(revoked_tokens).where(revoked_tokens.c.expires_at <= now)
            )
            more = await connection.execute(
                delete(refresh_tokens).where(refresh_tokens.c.expires_at <= now)
            )
        return changed_rows(gone) + changed_rows(more)

    def _issue(self, holder: Holder) -> TokenPair:
        access = issue_token(
            self._settings,
            role=holder.role,
            subject=holder.subject,
            customer_id=holder.customer_id,
            clock=self._clock,
        )
        claims = verify_token(self._settings, access, self._clock)
        return TokenPair(access, f"rt_{secrets.token_urlsafe(32)}", claims)

    async def _use(self, digest: str) -> Row | None:
        """Mark a token used; return its row as it was before, None if it is unknown, expired or void."""
        now = self._clock.now()
        mine = refresh_tokens.c.token_hash == digest
        alive = (refresh_tokens.c.voided_at.is_(None)) & (refresh_tokens.c.expires_at > now)
        async with self._db.transaction() as connection:
            # Locks the row: of two that come at the same time, one is the first.
            await connection.execute(
                update(refresh_tokens).where(mine).values(subject=refresh_tokens.c.subject)
            )
            row = (
                (await connection.execute(select(refresh_tokens).where(mine, alive)))
                .mappings()
                .first()
            )
            if row is not None and row["used_at"] is None:
                await connection.execute(update(refresh_tokens).where(mine).values(used_at=now))
        return row

    async def _void(self, which: Any) -> None:
        now = self._clock.now()
        running = select(refresh_tokens.c.access_id, refresh_tokens.c.access_until).where(
            which, refresh_tokens.c.access_until > now
        )
        async with self._db.transaction() as connection:
            tokens = {row[0]: row[1] for row in await connection.execute(running)}
            await self._revoke(tokens)
            await connection.execute(
                update(refresh_tokens)
                .where(which, refresh_tokens.c.voided_at.is_(None))
                .values(voided_at=now)
            )

    async def _revoke(self, tokens: dict[str, datetime]) -> None:
        rows = [{"token_id": token_id, "expires_at": until} for token_id, until in tokens.items()]
        if not rows:
            return
        async with self._db.transaction() as connection:
            await connection.execute(self._db.insert_new(revoked_tokens), rows)


def _digest(refresh_token: str) -> str:
    return hashlib.sha256(refresh_token.encode(errors="replace")).hexdigest()


def _holder(row: Row) -> Holder:
    return Holder(row["subject"], Role(row["role"]), row["customer_id"], row["account_id"])
