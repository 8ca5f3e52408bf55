"""Short links: an address of ours that leads to a longer one of ours, for text messages.

Only addresses of this installation are made short: nobody can hide a foreign address behind our name by writing it to us.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from urllib.parse import urlsplit

from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.person_keys import PersonKeys
from closer.kit.settings import Settings
from closer.messaging.link_repository import LinkRepository

PATH = "/s/"
KEPT = timedelta(days=30)
_ALPHABET = "23456789abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that looks alike
_CODE_CHARS = 9  # 52 bits: not to be guessed within the links' time and the gateway's rate


class ShortLinks:
    """Makes and follows short links.

    Args:
        db: The database.
        settings: The public address.
        keys: Know under which ids links of a person may lie.
        clock: The time.
    """

    def __init__(self, db: Database, settings: Settings, keys: PersonKeys, clock: Clock) -> None:
        self._keys = keys
        self._public_url = settings.public_url.rstrip("/")
        self._clock = clock
        self._links = LinkRepository(db)

    async def shorten(self, url: str, conversation_id: str | None = None) -> str:
        """Return a short link to an address of ours; any other address, or a short one, as it is."""
        short_chars = len(self._public_url) + len(PATH) + _CODE_CHARS
        if urlsplit(url)[:2] != urlsplit(self._public_url)[:2] or len(url) <= short_chars:
            return url
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_CHARS))
        now = self._clock.now()
        await self._links.add(
            code=code,
            url=url,
            conversation_id=conversation_id,
            created_at=now,
            expires_at=now + KEPT,
        )
        return f"{self._public_url}{PATH}{code}"

    async def follow(self, code: str) -> str | None:
        """Return where a short link leads, or None."""
        return await self._links.follow(code, self._clock.now())

    async def purge(self) -> int:
        """Forget links whose time is over; return how many (run by the worker)."""
        return await self._links.purge(self._clock.now())

    async def export_personal(self, customer_id: str) -> list[object]:
        """Return nothing: where a link led stands in the conversation."""
        return []

    async def erase_personal(self, customer_id: str) -> int:
        """Delete a customer's links; return how many there were."""
        return await self._links.erase(await self._keys.conversations_of(customer_id))
