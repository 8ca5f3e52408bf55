"""Signing in and what follows from it: lock-out, sessions by way of `SessionStore`, tokens and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import NotAuthenticated, NotFound, TooManyRequests
from closer.kit.ids import new_id
from closer.kit.settings import Settings
from closer.security.account_records import Account, email_hash
from closer.security.passwords import matches_in_thread
from closer.security.roles import Role
from closer.security.sessions import Holder, SessionStore, TokenPair
from closer.security.tables import AccountRows
from closer.security.tokens import Claims, verify_token

_WRONG = "the e-mail address or the password is wrong"


class SigningIn:
    """Who gets in; `AccountService` is the whole.

    Args:
        db: The database.
        settings: Lifetimes and keys.
        clock: The time.
    """

    def __init__(self, db: Database, settings: Settings, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._rows = AccountRows(db)
        self._sessions = SessionStore(db, settings, clock)

    async def get(self, account_id: str) -> Account:
        """Return an account.

        Raises:
            NotFound: if there is none with this id.
        """
        row = await self._rows.find(account_id=account_id)
        if row is None:
            raise NotFound("there is no such account")
        fields = {name: row[name] for name in Account.__dataclass_fields__}
        return Account(**{**fields, "role": Role(row["role"])})

    async def login(self, email: str, password: str) -> TokenPair:
        """Sign in; refuses as `authenticate` does."""
        return await self._sessions.open(_holder(await self.authenticate(email, password)))

    async def authenticate(self, email: str, password: str) -> Account:
        """Return the account of an address and its password, without a session.

        An address without account gets the same answers in the same time, lock-out included; so does, where there is
        no demo shop, an account that still has the demo's public password.

        Raises:
            NotAuthenticated: if address or password is wrong.
            TooManyRequests: while locked after five failures (code `sign_in_locked`, `retry_after` in seconds); the
                wait doubles from 30 s to 15 min.
        """
        hashed = email_hash(email)
        attempt = await self._rows.begin_attempt(hashed, self._clock.now())
        if attempt.locked_for_s:
            raise TooManyRequests(
                "too many failed sign-ins; wait before the next",
                code="sign_in_locked",
                retry_after=attempt.locked_for_s,
            )
        row = attempt.account
        fits = await matches_in_thread(row["password_hash"] if row else None, password)
        if row is None or not fits or row["state"] != "active" or self._is_shut(row):
            raise NotAuthenticated(_WRONG, code="wrong_credentials")
        await self._rows.change(row["account_id"], failed_count=0, locked_until=None)
        return await self.get(row["account_id"])

    async def open_session(self, account: Account, family: str | None = None) -> TokenPair:
        """Sign somebody in who has just proven to be the holder in another way.

        Args:
            account: Whose session it is.
            family: The session's name, if it has one already.
        """
        return await self._sessions.open(_holder(account), family)

    async def end_family(self, family: str) -> None:
        """End a session by its name."""
        await self._sessions.end_family(family)

    async def visitor(self) -> TokenPair:
        """Let an anonymous visitor in."""
        return await self._sessions.open(Holder(new_id("vis"), Role.VISITOR))

    async def refresh(self, refresh_token: str) -> TokenPair:
        """Exchange a refresh token for a new pair; one that was used before ends its whole family.

        Raises:
            NotAuthenticated: if it does not hold.
        """
        return await self._sessions.renew(refresh_token)

    async def logout(self, claims: Claims) -> None:
        """End the session of an access token: it, its successors and its refresh token are void."""
        await self._sessions.end(claims)

    async def claims_of(self, token: str) -> Claims:
        """Return what an access token says.

        Raises:
            NotAuthenticated: if it is forged, expired (`token_expired`) or void (`token_revoked`).
        """
        claims = verify_token(self._settings, token, self._clock)
        if await self.is_revoked(claims.token_id):
            raise NotAuthenticated("the token is void; sign in again", code="token_revoked")
        return claims

    async def is_revoked(self, token_id: str) -> bool:
        """Say whether an access token was made void before its time."""
        return await self._sessions.is_revoked(token_id)

    def _is_shut(self, row: Mapping[str, Any]) -> bool:
        """Say whether everybody knows an account's password and nobody wants that."""
        return bool(row["seeded"]) and not self._settings.demo_shop


def _holder(account: Account) -> Holder:
    return Holder(
        account.customer_id or account.account_id,
        account.role,
        account.customer_id,
        account.account_id,
    )
