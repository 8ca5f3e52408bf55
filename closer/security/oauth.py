"""Linking an account to Alexa: the authorization code grant of OAuth 2 (RFC 6749) with one client, which the settings name.

A code works once, for five minutes, for the client and the address that it was made for; one that comes back was stolen,
so what grew from it ends (section 4.1.2). Refresh tokens go out sealed for the client: none of them opens the
chat, and none of the chat's works here.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from closer.kit.clock import Clock
from closer.kit.columns import process_cipher
from closer.kit.crypto import constant_time_equal
from closer.kit.db import Database
from closer.kit.errors import CloserError, InvalidInput, Malformed, NotAuthenticated, NotFound
from closer.kit.ids import new_id
from closer.kit.settings import Settings
from closer.security.account_records import Account
from closer.security.accounts import AccountService
from closer.security.audit import AuditLog
from closer.security.oauth_repository import Code, CodeRows
from closer.security.sessions import TokenPair

CODE_TTL = timedelta(minutes=5)
#: Used codes are remembered as long, so that their return is noticed.
_REMEMBERED = timedelta(days=1)
_LONGEST_STATE = 2000
_LONGEST = 2000


class OAuthError(CloserError):
    """A refusal with one of RFC 6749's names, in `code`."""

    status, code, title = 400, "invalid_request", "The application's request is not acceptable"


@dataclass(frozen=True)
class Wish:
    """What an application asks a person for.

    Attributes:
        redirect_uri: Where the answer goes; one of the client's own addresses.
        state: The application's word, handed back as it is.
        refusal: Why it cannot be allowed, by RFC 6749's name; the application is told at its address.
    """

    client_id: str
    redirect_uri: str
    state: str
    refusal: str = ""

    def answer(self, **values: str) -> str:
        """Return the address with an answer."""
        joint = "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{joint}{urlencode({**values, 'state': self.state})}"


class OAuthService:
    """Codes and tokens for the client.

    Args:
        db: The database.
        accounts: The sign-in accounts.
        audit: Notes what was allowed.
        settings: The client.
        clock: The time.
    """

    def __init__(
        self,
        db: Database,
        accounts: AccountService,
        audit: AuditLog,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._db = db
        self._accounts = accounts
        self._audit = audit
        self._settings = settings
        self._clock = clock
        self._codes = CodeRows(db)

    def require_client(self) -> None:
        """Insist that a client is set.

        Raises:
            NotFound: if accounts cannot be linked here.
        """
        settings = self._settings
        secret = settings.alexa_client_secret.get_secret_value()
        if not (settings.alexa_client_id and secret and settings.alexa_redirect_uris):
            raise NotFound("accounts cannot be linked here")

    def wish(self, fields: Mapping[str, str]) -> Wish:
        """Return what an application asks for.

        Raises:
            Malformed: if nobody may be sent back to where it says: another client, another address.
        """
        client, address = fields.get("client_id", ""), fields.get("redirect_uri", "")
        if not constant_time_equal(client, self._settings.alexa_client_id):
            raise Malformed("we do not know this application", code="unknown_client")
        if address not in self._settings.alexa_redirect_uris:
            raise Malformed("this application has another address", code="unknown_address")
        state = fields.get("state", "")
        if not 0 < len(state) <= _LONGEST_STATE:
            return Wish(client, address, "", "invalid_request")
        kind = fields.get("response_type")
        refusal = "" if kind == "code" else "unsupported_response_type"
        return Wish(client, address, state, refusal if kind else "invalid_request")

    async def allow(self, wish: Wish, account: Account) -> str:
        """Let the application act for an account; return the address with its code."""
        code = secrets.token_urlsafe(32)
        row = Code(
            code_hash=_digest(code),
            client_id=wish.client_id,
            redirect_uri=wish.redirect_uri,
            account_id=account.account_id,
            family=new_id("fam"),
            expires_at=self._clock.now() + CODE_TTL,
        )
        async with self._db.transaction():
            await self._codes.add(row)
            await self._note("oauth.allowed", row)
        return wish.answer(code=code)

    def require_secret(self, client_id: str, secret: str) -> None:
        """Insist that the client itself is calling.

        Raises:
            OAuthError: `invalid_client`.
        """
        settings = self._settings
        known = constant_time_equal(client_id, settings.alexa_client_id)
        if not (
            constant_time_equal(secret, settings.alexa_client_secret.get_secret_value()) and known
        ):
            error = OAuthError(
                "the client is not known or its secret is wrong", code="invalid_client"
            )
            error.status = 401
            raise error

    async def exchange(self, code: str, redirect_uri: str) -> TokenPair:
        """Return the tokens for a code.

        Raises:
            OAuthError: `invalid_grant` if it is unknown, over, used, or for another client or address.
        """
        found = await self._codes.find(_digest(code))
        settings = self._settings
        if found is None or found.client_id != settings.alexa_client_id:
            raise _invalid_grant()
        async with self._db.transaction():
            if await self._codes.use(found.code_hash, self._clock.now()):
                pair = await self._open(found, redirect_uri)
            else:
                pair = None
                await self._accounts.end_family(found.family)
                await self._note("oauth.code_reused", found, outcome="refused")
        if pair is None:
            raise _invalid_grant()
        return _sealed(pair, settings.alexa_client_id)

    async def renew(self, refresh_token: str) -> TokenPair:
        """Exchange a refresh token, once, for a new pair.

        Raises:
            OAuthError: `invalid_grant` if it does not hold; if it was used before, its whole session has ended.
        """
        client = self._settings.alexa_client_id
        try:
            inner = process_cipher().decrypt(refresh_token[:_LONGEST], _purpose(client))
            return _sealed(await self._accounts.refresh(inner), client)
        except (NotAuthenticated, InvalidInput, ValueError) as error:
            raise _invalid_grant() from error

    async def purge(self) -> int:
        """Forget old codes; return how many (run by the worker)."""
        return await self._codes.purge(self._clock.now() - _REMEMBERED)

    async def _open(self, found: Code, redirect_uri: str) -> TokenPair | None:
        """Open the session of a code that is used up now; None if it cannot be honoured."""
        account = await self._accounts.get(found.account_id)
        right = found.redirect_uri == redirect_uri and found.expires_at > self._clock.now()
        if not right or account.state != "active":
            return None
        pair = await self._accounts.open_session(account, found.family)
        await self._note("oauth.linked", found)
        return pair

    async def _note(self, action: str, code: Code, outcome: str = "ok") -> None:
        await self._audit.record(
            actor=f"client:{code.client_id}" if action != "oauth.allowed" else code.account_id,
            action=action,
            target=f"account:{code.account_id}",
            outcome=outcome,
            details={"family": code.family},
        )


def _sealed(pair: TokenPair, client_id: str) -> TokenPair:
    token = process_cipher().encrypt(pair.refresh_token, _purpose(client_id))
    return replace(pair, refresh_token=token)


def _purpose(client_id: str) -> str:
    return f"oauth.refresh:{client_id}"


def _invalid_grant() -> OAuthError:
    return OAuthError("the code or token does not hold", code="invalid_grant")


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()
