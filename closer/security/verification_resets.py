"""Password reset links: single-use, expiring, one at a time for an account; only their hashes are stored."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import NotAuthenticated, TooManyRequests
from closer.kit.ids import new_id
from closer.kit.settings import Settings
from closer.notifications import account_templates, templates
from closer.notifications.service import NotificationService
from closer.security.verification_repository import ResetRepository, take_turn

RESET_TTL = timedelta(minutes=30)
REQUESTS = 3
WINDOW = timedelta(minutes=15)


class ResetLinks:
    """Links behind which a new password is chosen.

    Args:
        db: The database.
        notifications: Sends the links.
        settings: The public address of the product and the shop's name.
        clock: The time.
    """

    def __init__(
        self, db: Database, notifications: NotificationService, settings: Settings, clock: Clock
    ) -> None:
        self._db = db
        self._notifications = notifications
        self._settings = settings
        self._clock = clock
        self._resets = ResetRepository(db)

    async def request_reset(
        self, account_id: str, email: str, name: str | None = None, *, first: bool = False
    ) -> None:
        """Send a single-use link for choosing a new password; earlier links end.

        Args:
            account_id: Whose password it is.
            email: Where the link goes.
            name: The holder's first name.
            first: Whether the account is new, so that its first password is chosen.

        Raises:
            TooManyRequests: `too_many_resets` after three in fifteen minutes.
        """
        now, token = self._clock.now(), secrets.token_urlsafe(32)
        reset_id = new_id("rst")
        async with self._db.transaction():
            await take_turn(self._db, f"reset:{account_id}")
            times = await self._resets.times(account_id, now - WINDOW)
            if len(times) >= REQUESTS:
                raise too_many("too_many_resets", times[-REQUESTS] + WINDOW - now)
            await self._resets.add(
                id=reset_id,
                account_id=account_id,
                token_hash=_token_hash(token),
                state="pending",
                created_at=now,
                expires_at=now + RESET_TTL,
            )
            link = f"{self._settings.public_url}/reset#{token}"
            letter = account_templates.first_password if first else templates.password_reset
            await self._notifications.enqueue(
                letter(self._settings.shop_name, name, link, int(RESET_TTL.seconds / 60)),
                channel="email",
                address=email,
                idempotency_key=reset_id,
                expires_at=now + RESET_TTL,
            )

    async def reset_is_valid(self, token: str) -> bool:
        """Say whether a link still works, without using it."""
        return await self._resets.find(_token_hash(token), self._clock.now()) is not None

    async def consume_reset(self, token: str) -> str:
        """Use a link and return its account, in the caller's transaction if there is one.

        Raises:
            NotAuthenticated: `reset_invalid`, if it is unknown, was used or is over.
        """
        now, hashed = self._clock.now(), _token_hash(token)
        async with self._db.transaction():
            account_id = await self._resets.find(hashed, now)
            if account_id is None or not await self._resets.use(hashed, now):
                raise NotAuthenticated("the link does not work any more", code="reset_invalid")
        return account_id


def too_many(code: str, wait: timedelta) -> TooManyRequests:
    """Return the error of a limit that was reached."""
    return TooManyRequests("too many codes were asked for", code=code, retry_after=seconds(wait))


def seconds(wait: timedelta) -> int:
    """Return whole seconds, rounded up, at least one."""
    return max(1, int(wait.total_seconds() + 0.999))


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
