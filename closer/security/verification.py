"""Proving who somebody is: one-time codes and password reset links."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from closer.customers.service import CustomerService
from closer.kit.clock import Clock
from closer.kit.columns import process_cipher
from closer.kit.crypto import constant_time_equal
from closer.kit.db import Database
from closer.kit.errors import Conflict, InvalidInput
from closer.kit.ids import new_id
from closer.kit.logging import get_logger
from closer.kit.settings import Settings
from closer.notifications import templates
from closer.notifications.service import NotificationService
from closer.security.verification_records import (
    Challenge,
    CheckCode,
    CheckResult,
    Requested,
    mask_address,
)
from closer.security.verification_repository import (
    ChallengeRepository,
    take_turn,
)
from closer.security.verification_resets import (
    REQUESTS,
    WINDOW,
    ResetLinks,
    seconds,
    too_many,
)

_log = get_logger(__name__)

CODE_TTL = timedelta(minutes=10)
TRIES = 5
CONVERSATION_REQUESTS = 6
COOL_DOWN = timedelta(seconds=30)
#: Over all challenges of a subject; guessing on in new challenges ends here.
WRONG_TRIES_AN_HOUR = 10
LOCK = timedelta(hours=1)


class VerificationService(ResetLinks):
    """One-time codes, and the reset links of `ResetLinks`.

    Args:
        db: The database.
        notifications: Sends the codes.
        customers: Knows the customers' addresses.
        settings: The public address of the product and the shop's name.
        clock: The time.
    """

    def __init__(
        self,
        db: Database,
        notifications: NotificationService,
        customers: CustomerService,
        settings: Settings,
        clock: Clock,
    ) -> None:
        super().__init__(db, notifications, settings, clock)
        self._customers = customers
        self._challenges = ChallengeRepository(db)

    async def request(
        self,
        *,
        purpose: str,
        customer_id: str | None = None,
        address: str | None = None,
        channel: str = "email",
        conversation_id: str | None = None,
        deliver: bool = True,
    ) -> Requested:
        """Send a one-time code; an earlier one for the same purpose ends.

        Args:
            purpose: What it allows, e.g. `identity` or `delete_account`.
            customer_id: Whom it is to prove; the code goes to the address on record.
            address: Where it goes when no customer is named, or to prove a new address.
            channel: `email` or `sms`.
            conversation_id: By which it can be checked together with the purpose.
            deliver: False sends nothing and still answers alike: for a person that we do not know.

        Raises:
            Conflict: `no_address`, if the customer has none on this channel.
            TooManyRequests: `code_cooldown`, `too_many_codes` or `code_locked`, with `retry_after` in seconds.
        """
        if channel not in ("email", "sms"):
            raise InvalidInput("a code goes by email or sms")
        target = address or await self._address_of(customer_id, channel)
        hashed = _address_hash(target)
        subject = _subject(customer_id, target)
        now, code = self._clock.now(), f"{secrets.randbelow(10**6):06d}"
        challenge_id = new_id("chl")
        async with self._db.transaction():
            await self._guard(subject, conversation_id, now)
            await self._challenges.add(
                id=challenge_id,
                subject=subject,
                customer_id=customer_id,
                conversation_id=conversation_id,
                purpose=purpose,
                channel=channel,
                address_hash=hashed,
                code_hash=_code_hash(challenge_id, code),
                state="pending",
                wrong_tries=0,
                created_at=now,
                expires_at=now + CODE_TTL,
            )
            if deliver:
                content = templates.one_time_code(
                    self._settings.shop_name, code, int(CODE_TTL.seconds / 60)
                )
                await self._notifications.enqueue(
                    content,
                    channel=channel,
                    address=target,
                    customer_id=customer_id,
                    idempotency_key=challenge_id,
                    expires_at=now + CODE_TTL,
                )
        return Requested(
            challenge_id, channel, mask_address(target), now + CODE_TTL, now + COOL_DOWN
        )

    async def pending(
        self, *, purpose: str, customer_id: str | None, address: str
    ) -> Challenge | None:
        """Return the challenge whose code went to somebody's address and can still be given, in whichever conversation."""
        challenge = await self._challenges.pending(_subject(customer_id, address), purpose)
        if challenge is None or challenge.address_hash != _address_hash(address):
            return None
        return None if self._over(challenge, self._clock.now()) else challenge

    async def check(
        self,
        code: str,
        *,
        challenge_id: str | None = None,
        conversation_id: str | None = None,
        purpose: str | None = None,
    ) -> CheckResult:
        """Judge a code that somebody gave, by challenge or by conversation and purpose.

        A right code works once. Call `.require()` on the result to raise instead.
        """
        challenge = await self._find(challenge_id, conversation_id, purpose)
        if challenge is None:
            return CheckResult("not_requested")
        now = self._clock.now()
        over = self._over(challenge, now)
        if over is not None:
            return over
        async with self._db.transaction():
            await take_turn(self._db, f"verification:{challenge.subject}")
            wrong, _ = await self._challenges.wrong_tries(challenge.subject, now - LOCK)
            if wrong >= WRONG_TRIES_AN_HOUR:
                await self._challenges.close(challenge.id, "locked")
                return await self._locked(challenge.subject, now)
            if not await self._challenges.count_try(challenge.id, TRIES):
                return CheckResult("expired")
            given = "".join(filter(str.isdecimal, code))
            if constant_time_equal(_code_hash(challenge.id, given), challenge.code_hash):
                used = await self._challenges.use(challenge.id, now)
                return CheckResult("ok", challenge=challenge) if used else CheckResult("expired")
            return await self._wrong(challenge, now)

    async def expire_codes(self) -> int:
        """End codes whose time is over; return how many (run by the worker)."""
        return await self._challenges.expire(self._clock.now())

    async def export_personal(self, customer_id: str) -> dict[str, object]:
        """Return nothing: codes are secrets, not records about a person."""
        return {}

    async def erase_personal(self, customer_id: str) -> int:
        """Delete a customer's challenges; return how many there were."""
        return await self._challenges.erase(customer_id)

    async def _address_of(self, customer_id: str | None, channel: str) -> str:
        if customer_id is None:
            raise InvalidInput("a code needs a customer or an address")
        customer = await self._customers.get(customer_id)
        address = customer.email if channel == "email" else customer.phone
        if not address:
            raise Conflict("the customer has no address on this channel", code="no_address")
        return address

    async def _guard(self, subject: str, conversation_id: str | None, now: datetime) -> None:
        await take_turn(self._db, f"verification:{subject}")
        wrong, _ = await self._challenges.wrong_tries(subject, now - LOCK)
        if wrong >= WRONG_TRIES_AN_HOUR:
            (await self._locked(subject, now)).require()
        times = await self._challenges.times(subject, now - WINDOW)
        if times and now < times[-1] + COOL_DOWN:
            raise too_many("code_cooldown", times[-1] + COOL_DOWN - now)
        if len(times) >= REQUESTS:
            raise too_many("too_many_codes", times[-REQUESTS] + WINDOW - now)
        if conversation_id is not None:
            times = await self._challenges.conversation_times(conversation_id, now - WINDOW)
            if len(times) >= CONVERSATION_REQUESTS:
                raise too_many("too_many_codes", times[-CONVERSATION_REQUESTS] + WINDOW - now)

    async def _find(
        self, challenge_id: str | None, conversation_id: str | None, purpose: str | None
    ) -> Challenge | None:
        if challenge_id is not None:
            return await self._challenges.find(challenge_id)
        if conversation_id is None or purpose is None:
            raise InvalidInput("name the challenge, or conversation and purpose")
        return await self._challenges.latest(conversation_id, purpose)

    def _over(self, challenge: Challenge, now: datetime) -> CheckResult | None:
        if challenge.state == "locked":
            return CheckResult("locked", retry_after_s=seconds(COOL_DOWN))
        if challenge.state != "pending" or challenge.expires_at <= now:
            return CheckResult("expired")
        return None

    async def _wrong(self, challenge: Challenge, now: datetime) -> CheckResult:
        current = await self._challenges.find(challenge.id)
        left = TRIES - (current.wrong_tries if current else TRIES)
        if left > 0:
            return CheckResult("wrong", tries_left=left)
        await self._challenges.close(challenge.id, "locked")
        _log.warning("verification_locked", challenge=challenge.id, purpose=challenge.purpose)
        return await self._locked(challenge.subject, now)

    async def _locked(self, subject: str, now: datetime) -> CheckResult:
        wrong, newest = await self._challenges.wrong_tries(subject, now - LOCK)
        wait = COOL_DOWN
        if wrong >= WRONG_TRIES_AN_HOUR and newest is not None:
            wait = newest + LOCK - now
        state: CheckCode = "locked"
        return CheckResult(state, retry_after_s=seconds(wait))


def _address_hash(address: str) -> str:
    return process_cipher().lookup_hash(address.strip().lower())


def _subject(customer_id: str | None, address: str) -> str:
    """Return on whose account tries are counted: the customer's, or else the address's."""
    return customer_id or f"address:{_address_hash(address)}"


def _code_hash(challenge_id: str, code: str) -> str:
    return process_cipher().lookup_hash(f"one-time code:{challenge_id}:{code}")
