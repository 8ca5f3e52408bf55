"""Registering: an account comes about once somebody who knows the password has opened the link in the mailbox.

Until then there is no customer and no account. The password is asked for again behind the link: who merely owns an
address that a stranger registered cannot confirm the stranger's password by a click. What is answered never tells
whether an address is known; its owner learns it by mail.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from closer.customers.service import CustomerService
from closer.customers.validation import clean_email, clean_name
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Conflict, NotAuthenticated
from closer.kit.ids import new_id
from closer.kit.settings import Settings
from closer.notifications import account_templates
from closer.notifications.service import NotificationService
from closer.security.account_records import email_hash
from closer.security.accounts import AccountService
from closer.security.audit import AuditLog
from closer.security.passwords import check_new_password, hash_in_thread, matches_in_thread
from closer.security.registration_repository import Registration, RegistrationRepository
from closer.security.sessions import TokenPair
from closer.security.verification_repository import take_turn

LINK_TTL = timedelta(hours=24)
TRIES = 5
MAILS = 3
WINDOW = timedelta(minutes=15)


@dataclass(frozen=True)
class Registered:
    """Somebody who has an account now.

    Attributes:
        pair: The tokens of the first session.
        visitor_id: The visitor that this person was, whose conversation and cart are theirs.
    """

    pair: TokenPair
    visitor_id: str | None


class RegistrationService:
    """Registrations by e-mail address and password.

    Args:
        db: The database.
        accounts: The sign-in accounts.
        customers: The customers.
        notifications: Sends the links.
        audit: Notes who registered.
        settings: The public address and the shop's name.
        clock: The time.
    """

    def __init__(
        self,
        db: Database,
        *,
        accounts: AccountService,
        customers: CustomerService,
        notifications: NotificationService,
        audit: AuditLog,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._db = db
        self._accounts = accounts
        self._customers = customers
        self._notifications = notifications
        self._audit = audit
        self._settings = settings
        self._clock = clock
        self._rows = RegistrationRepository(db)

    async def register(
        self, *, name: str, email: str, password: str, visitor_id: str | None = None
    ) -> None:
        """Begin: send a link to the address, or tell its owner that there is an account.

        Raises:
            InvalidInput: if a value is not acceptable (`weak_password` for the password).
        """
        clean, address = clean_name(name), clean_email(email)
        check_new_password(password)
        hashed, key = await hash_in_thread(password), email_hash(address)
        async with self._db.transaction():
            await take_turn(self._db, f"registration:{key}")
            if await self._accounts.find_by_email(address) is not None:
                await self._tell_owner(address)
                return
            now = self._clock.now()
            before = await self._rows.by_email(key, now)
            values: dict[str, object] = {
                "id": new_id("reg"),
                "email": address,
                "email_hash": key,
                "name": clean,
                "password_hash": hashed,
                "visitor_id": visitor_id,
                "tries": 0,
                "created_at": now,
            }
            await self._send_link(values, before, now)

    async def send_again(self, email: str) -> None:
        """Send the link of a waiting registration again, at most three times in a quarter of an hour."""
        key, now = email_hash(email), self._clock.now()
        async with self._db.transaction():
            await take_turn(self._db, f"registration:{key}")
            before = await self._rows.by_email(key, now)
            if before is not None:
                await self._send_link(dict(before.__dict__), before, now)

    async def confirm(self, token: str, password: str) -> Registered:
        """Open the account with the link's token and the password that was chosen, and sign in.

        A customer who ordered with this address before, without an account, gets the account to these orders.

        Raises:
            NotAuthenticated: `registration_invalid` if the link does not hold or was tried five times,
                `wrong_credentials` (with `tries_left`) if the password is another one.
        """
        found = await self._rows.by_token(_digest(token), self._clock.now())
        if found is None or not await self._rows.count_try(found.id, TRIES):
            raise _invalid()
        if not await matches_in_thread(found.password_hash, password):
            raise NotAuthenticated(
                "that is not the password that you chose",
                code="wrong_credentials",
                tries_left=TRIES - found.tries - 1,
            )
        async with self._db.transaction():
            if not await self._rows.take(found.id):
                raise _invalid()
            pair = await self._open(found)
        return Registered(pair, found.visitor_id)

    async def is_waiting(self, email: str, password: str) -> bool:
        """Say whether this address and password wait for the link to be opened; takes as long when they do not."""
        found = await self._rows.by_email(email_hash(email), self._clock.now())
        return await matches_in_thread(found.password_hash if found else None, password)

    async def purge(self) -> int:
        """Forget registrations that nobody confirmed; return how many (run by the worker)."""
        return await self._rows.purge(self._clock.now())

    async def _open(self, found: Registration) -> TokenPair:
        customer = await self._customers.find_by_email(found.email)
        if customer is None:
            customer = await self._customers.create(
                name=found.name, email=found.email, by="registration"
            )
        try:
            account = await self._accounts.create(
                email=found.email,
                password_hash=found.password_hash,
                customer_id=customer.id,
                verified=True,
            )
        except Conflict as error:
            raise _invalid() from error
        pair = await self._accounts.open_session(account)
        await self._audit.record(
            actor=customer.id, action="account.registered", target=f"account:{account.account_id}"
        )
        return pair

    async def _send_link(
        self, values: dict[str, object], before: Registration | None, now: datetime
    ) -> None:
        """Write the registration with a fresh link and mail it, unless too many mails went there lately.

        What was mailed last holds: without a mail the old link goes on with the new values.
        """
        recent = before if before is not None and now - before.mails_since < WINDOW else None
        mails, since = (recent.mails, recent.mails_since) if recent else (0, now)
        if recent is not None and mails >= MAILS:
            values |= {"token_hash": recent.token_hash, "expires_at": recent.expires_at}
            await self._rows.put({**values, "mails": mails, "mails_since": since})
            return
        token = secrets.token_urlsafe(32)
        values |= {"token_hash": _digest(token), "expires_at": now + LINK_TTL}
        await self._rows.put({**values, "mails": mails + 1, "mails_since": since})
        shop, hours = self._settings.shop_name, int(LINK_TTL.total_seconds() / 3600)
        link = f"{self._settings.public_url}/confirm#{token}"
        await self._notifications.enqueue(
            account_templates.confirm_address(shop, str(values["name"]).split()[0], link, hours),
            channel="email",
            address=str(values["email"]),
            expires_at=now + LINK_TTL,
        )

    async def _tell_owner(self, address: str) -> None:
        customer = await self._customers.find_by_email(address)
        await self._notifications.enqueue(
            account_templates.account_exists(
                self._settings.shop_name,
                customer.first_name if customer else None,
                sign_in=self._settings.public_url,
            ),
            channel="email",
            address=address,
            customer_id=customer.id if customer else None,
            idempotency_key=f"exists:{email_hash(address)}:{self._clock.now():%Y%m%d%H}",
        )


def _invalid() -> NotAuthenticated:
    return NotAuthenticated(
        "the link does not work any more; please register again", code="registration_invalid"
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
