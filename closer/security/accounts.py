"""Accounts: who can sign in, with which password, as whom; getting in by them is `closer.security.signing_in`'s."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from email_validator import EmailNotValidError, validate_email

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput, NotAuthenticated
from closer.kit.ids import new_id
from closer.kit.settings import Settings
from closer.security.account_records import Account, ResetTokens, email_hash
from closer.security.oauth_repository import CodeRows
from closer.security.passwords import check_new_password, hash_in_thread, matches_in_thread
from closer.security.roles import Role
from closer.security.signing_in import SigningIn

#: Every sign-in of the demo shop has this one; it is shown on the page.
DEMO_PASSWORD = "northlight-demo"  # noqa: S105 - a public demo

Unlink = Callable[[str], Awaitable[None]]


class AccountService(SigningIn):
    """Sign-in accounts and their sessions.

    Args:
        db: The database.
        settings: Lifetimes and keys.
        clock: The time.
        unlink: Forgets what was linked to a customer's account, once all its sessions have ended.
    """

    def __init__(
        self, db: Database, settings: Settings, clock: Clock, unlink: Unlink | None = None
    ) -> None:
        super().__init__(db, settings, clock)
        self._unlink = unlink
        self._codes = CodeRows(db)

    async def create(
        self,
        *,
        email: str,
        password: str | None = None,
        password_hash: str | None = None,
        role: Role | str = Role.CUSTOMER,
        customer_id: str | None = None,
        verified: bool = False,
        seeded: bool = False,
    ) -> Account:
        """Open an account.

        Args:
            email: The address to sign in with.
            password: The password, or
            password_hash: its ready argon2id hash.
            role: What the holder may do; visitors have no account.
            customer_id: Needed for role customer.
            verified: Whether the address is proven.
            seeded: Whether it is one of the demo shop's, with the demo's password.

        Raises:
            InvalidInput: if a value is not acceptable.
            Conflict: if the address is taken.
        """
        role = Role(role)
        if role is Role.VISITOR or (role is Role.CUSTOMER) != (customer_id is not None):
            raise InvalidInput(
                "an account is of a customer, with customer_id, or of staff, without"
            )
        if password is not None:
            check_new_password(password)
            hashed = await hash_in_thread(password)
        elif password_hash is not None and password_hash.startswith("$argon2id$"):
            hashed = password_hash
        else:
            raise InvalidInput("an account needs a password")
        address = _clean_email(email)
        values = {
            "account_id": new_id("acc"),
            "email": address,
            "email_hash": email_hash(address),
            "password_hash": hashed,
            "role": role.value,
            "customer_id": customer_id,
            "verified": verified,
            "seeded": seeded,
            "created_at": self._clock.now(),
        }
        if not await self._rows.add(values):
            raise Conflict("there is an account with this e-mail address", code="email_taken")
        return await self.get(values["account_id"])

    async def find_by_email(self, email: str) -> Account | None:
        """Return the active account of an address, or None."""
        row = await self._rows.find(email_hash=email_hash(email), state="active")
        return await self.get(row["account_id"]) if row else None

    async def find_by_customer(self, customer_id: str) -> Account | None:
        """Return the active account of a customer, or None."""
        row = await self._rows.find(customer_id=customer_id, state="active")
        return await self.get(row["account_id"]) if row else None

    async def demo_customers(self, limit: int = 20) -> list[Account]:
        """Return customers' accounts that the demo shop's seed made and whose password is still the demo's."""
        return [
            await self.get(account_id) for account_id in await self._rows.seeded_customers(limit)
        ]

    async def change_password(self, account_id: str, old: str, new: str) -> None:
        """Set a new password by knowing the old one; ends all sessions.

        Raises:
            NotAuthenticated: if the old one is wrong.
            InvalidInput: if the new one is too weak.
        """
        row = await self._rows.find(account_id=account_id)
        if not await matches_in_thread(row["password_hash"] if row else None, old):
            raise NotAuthenticated("the old password is wrong", code="wrong_credentials")
        await self._set_password(account_id, await _hash_new(new))

    async def consume_reset(self, tokens: ResetTokens, token: str, new_password: str) -> None:
        """Set a new password by a reset link's token; ends all sessions and unlocks the account.

        Raises:
            CloserError: as `ResetTokens` raises it, if the token does not hold.
            InvalidInput: if the password is too weak; the token is then not used up.
        """
        if not await tokens.reset_is_valid(token):
            await tokens.consume_reset(token)  # says what is wrong with it
        hashed = await _hash_new(new_password)
        async with self._db.transaction():
            account_id = await tokens.consume_reset(token)
            await self._set_password(account_id, hashed)
            await self.set_verified(account_id)  # the link came by mail

    async def set_verified(self, account_id: str) -> None:
        """Remember that the holder's address is proven."""
        await self._rows.change(account_id, verified=True)

    async def change_email(self, account_id: str, email: str) -> None:
        """Let the holder sign in with another address, which was proven.

        Raises:
            InvalidInput: if that is no address.
            Conflict: `email_taken`, if somebody else signs in with it.
        """
        address = _clean_email(email)
        async with self._db.transaction():
            row = await self._rows.find(email_hash=email_hash(address))
            if row is not None and row["account_id"] != account_id:
                raise Conflict("there is an account with this e-mail address", code="email_taken")
            values = {"email": address, "email_hash": email_hash(address), "verified": True}
            await self._rows.change(account_id, **values)

    async def end_sessions(self, account_id: str) -> None:
        """Sign the holder out everywhere."""
        async with self._db.transaction():
            await self._end_sessions(account_id)

    async def close(self, account_id: str) -> None:
        """Close an account: nobody can sign in with it, all its sessions end, its address is free for a new one."""
        async with self._db.transaction():
            await self._rows.change(account_id, state="closed", email_hash=f"closed:{account_id}")
            await self._end_sessions(account_id)

    async def erase(self, customer_id: str) -> int:
        """Remove a customer's accounts for good, closed ones too, with their sessions; return how many."""
        async with self._db.transaction():
            accounts = await self._rows.of_customer(customer_id)
            for account_id in accounts:
                await self._end_sessions(account_id)
                await self._rows.delete(account_id)
        return len(accounts)

    async def purge(self) -> int:
        """Forget expired tokens and old failed sign-ins; return how many rows went."""
        return await self._sessions.purge() + await self._rows.purge(self._clock.now())

    async def _set_password(self, account_id: str, hashed: str) -> None:
        async with self._db.transaction():
            await self._rows.change(
                account_id, password_hash=hashed, failed_count=0, locked_until=None, seeded=False
            )
            await self._end_sessions(account_id)

    async def _end_sessions(self, account_id: str) -> None:
        """End every session, and what was allowed an application that has not fetched its tokens yet."""
        await self._codes.end_all(account_id)
        await self._sessions.end_all(account_id)
        row = await self._rows.find(account_id=account_id)
        if self._unlink is not None and row is not None and row["customer_id"]:
            await self._unlink(row["customer_id"])


async def _hash_new(password: str) -> str:
    check_new_password(password)
    return await hash_in_thread(password)


def _clean_email(email: str) -> str:
    try:
        found = validate_email(email, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise InvalidInput("that is no e-mail address") from error
    return found.normalized
