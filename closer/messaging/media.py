"""Media that people sent: expected when the message comes, fetched in the background, kept sealed under the person's key."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from closer.conversations.turn import Media
from closer.kit.clock import Clock
from closer.kit.columns import process_cipher
from closer.kit.db import Database
from closer.kit.errors import CloserError, NotFound, ProviderError
from closer.kit.logging import get_logger
from closer.kit.person_keys import PersonKeys
from closer.messaging.media_repository import MediaRepository
from closer.messaging.media_types import is_kept, looks_like, normal_type
from closer.providers.media import MAX_BYTES, MediaSource

_log = get_logger(__name__)

PATH = "/api/v1/media/"
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 6
_AT_ONCE = 8
_FIRST_DELAY = timedelta(seconds=2)
_CONTENT, _SOURCE = "media.content", "media.source"


@dataclass(frozen=True)
class StoredMedia:
    """A file that somebody sent.

    Attributes:
        state: `expected`, `stored`, `refused` (type or size) or `failed`.
        reason: Why it is not there.
    """

    id: str
    conversation_id: str
    channel: str
    state: str
    content_type: str
    size: int | None
    reason: str | None
    created_at: datetime


class MediaStore:
    """Takes, fetches and hands out media.

    Args:
        db: The database.
        keys: Seal what people sent.
        source: Fetches from the vendor.
        clock: The time.
    """

    def __init__(self, db: Database, keys: PersonKeys, source: MediaSource, clock: Clock) -> None:
        self._db = db
        self._keys = keys
        self._source = source
        self._clock = clock
        self._rows = MediaRepository(db)

    async def expect(
        self, conversation_id: str, message_id: str, channel: str, found: Sequence[Media]
    ) -> list[Media]:
        """Take note of a message's media; the same message again changes nothing.

        Args:
            conversation_id: Whose they are.
            message_id: The message that they came with.
            channel: How they came.
            found: Where the vendor keeps them.

        Returns:
            The media under our own addresses.
        """
        if not found:
            return []
        sealer, now = await self._keys.sealer(conversation_id), self._clock.now()
        rows, own = [], []
        for number, item in enumerate(found):
            media_id = _media_id(conversation_id, message_id, number)
            kept = is_kept(item.content_type)
            rows.append(
                {
                    "id": media_id,
                    "conversation_id": conversation_id,
                    "message_id": message_id,
                    "channel": channel,
                    "state": "expected" if kept else "refused",
                    "source": sealer.text(item.url, _SOURCE),
                    "content_type": normal_type(item.content_type)[:100],
                    "reason": None if kept else "the type is not kept",
                    "attempts": 0,
                    "next_attempt_at": now,
                    "created_at": now,
                }
            )
            own.append(item.copy(update={"url": PATH + media_id}))
        await self._rows.add(rows)
        return own

    async def keep(
        self,
        conversation_id: str,
        message_id: str,
        channel: str,
        files: Sequence[tuple[str, str, bytes]],
    ) -> list[Media]:
        """Keep files that came with a message itself; the same message again changes nothing.

        Args:
            conversation_id: Whose they are.
            message_id: The message that they came with.
            channel: How they came.
            files: Name, type and content of each.

        Returns:
            The media under our own addresses, those that are refused as well.
        """
        if not files:
            return []
        sealer, now = await self._keys.sealer(conversation_id), self._clock.now()
        rows, own = [], []
        for number, (name, content_type, content) in enumerate(files):
            media_id = _media_id(conversation_id, message_id, number)
            reason = _refusal(content_type, content)
            sealed = None
            if reason is None:
                text = base64.b64encode(content).decode()
                sealed = await asyncio.to_thread(sealer.text, text, _CONTENT)
            rows.append(
                {
                    "id": media_id,
                    "conversation_id": conversation_id,
                    "message_id": message_id,
                    "channel": channel,
                    "state": "stored" if sealed else "refused",
                    "content": sealed,
                    "size": len(content),
                    "content_type": normal_type(content_type)[:100],
                    "reason": reason,
                    "attempts": 0,
                    "next_attempt_at": now,
                    "created_at": now,
                }
            )
            kind = normal_type(content_type)
            own.append(Media(url=PATH + media_id, content_type=kind, name=name or None))
        await self._rows.add(rows)
        return own

    async def fetch_due(self) -> int:
        """Fetch what is expected; return how many files were looked at. Safe to run in several processes."""
        claimed = await self._rows.claim(self._clock.now(), LEASE, _AT_ONCE)
        await asyncio.gather(*(self._fetch(dict(row)) for row in claimed))
        return len(claimed)

    async def get(self, media_id: str) -> StoredMedia:
        """Return what is known of a file.

        Raises:
            NotFound: if there is none of this id.
        """
        row = await self._rows.head(media_id)
        if row is None:
            raise NotFound("there is no such file", code="media_not_found")
        return _record(row)

    async def content(self, media_id: str) -> bytes:
        """Return a file's content.

        Raises:
            NotFound: if it is not there (yet).
        """
        sealed = await self._rows.content(media_id)
        if sealed is None:
            raise NotFound("the file is not there", code="media_not_found")
        opener = await self._keys.opener([sealed])
        text = await asyncio.to_thread(opener.text, sealed, _CONTENT)
        return base64.b64decode(text)

    async def belongs_to(self, item: StoredMedia, customer_id: str) -> bool:
        """Say whether a customer sent a file, also while they were not known yet."""
        return item.conversation_id in await self._keys.conversations_of(customer_id)

    async def export_personal(self, customer_id: str) -> Sequence[object]:
        """Return which files a customer sent; the files themselves are at their addresses."""
        rows = await self._rows.of(await self._keys.conversations_of(customer_id))
        return [{"url": PATH + row["id"], **_plain(row)} for row in rows]

    async def erase_personal(self, customer_id: str) -> int:
        """Delete what a customer sent; return how many files there were."""
        return await self._rows.erase(await self._keys.conversations_of(customer_id))

    async def close(self) -> None:
        """Release connections."""
        await self._source.close()

    async def _fetch(self, row: dict[str, Any]) -> None:
        try:
            opener = await self._keys.opener([row["source"]])
            content = await self._source.fetch(opener.text(row["source"], _SOURCE))
            await self._keep(row, content)
        except ProviderError as error:
            await self._failed(row, error)
        except CloserError as error:  # the database is away: again when the lease has ended
            _log.warning("media_postponed", media=row["id"], code=error.code)
        except Exception:
            _log.exception("media_not_fetched", media=row["id"])

    async def _keep(self, row: dict[str, Any], content: bytes) -> None:
        if not looks_like(content, row["content_type"]):
            await self._rows.settle(
                row["id"], state="refused", reason="the content is of another type", source=None
            )
            return
        sealer = await self._keys.sealer(row["conversation_id"])
        text = base64.b64encode(content).decode()
        sealed = await asyncio.to_thread(sealer.text, text, _CONTENT)
        await self._rows.settle(
            row["id"], state="stored", content=sealed, size=len(content), source=None
        )

    async def _failed(self, row: dict[str, Any], error: ProviderError) -> None:
        reason = error.detail[:160]
        if error.retryable and row["attempts"] < MAX_ATTEMPTS:
            due = self._clock.now() + _FIRST_DELAY * 2.0 ** (row["attempts"] - 1)
            await self._rows.settle(row["id"], next_attempt_at=due, reason=reason)
            return
        _log.warning("media_given_up", media=row["id"], code=error.code)
        state = "refused" if error.code == "media_refused" else "failed"
        await self._rows.settle(row["id"], state=state, reason=reason, source=None)


def _refusal(content_type: str, content: bytes) -> str | None:
    if not is_kept(content_type):
        return "the type is not kept"
    if len(content) > MAX_BYTES:
        return "the file is too large"
    return None if looks_like(content, content_type) else "the content is of another type"


def _media_id(conversation_id: str, message_id: str, number: int) -> str:
    hashed = process_cipher().lookup_hash(f"media:{conversation_id}:{message_id}:{number}")
    return f"med_{hashed[:26]}"


def _record(row: Any) -> StoredMedia:
    return StoredMedia(**{name: row[name] for name in StoredMedia.__dataclass_fields__})


def _plain(row: Any) -> dict[str, object]:
    return {name: row[name] for name in ("created_at", "channel", "content_type", "size", "state")}
