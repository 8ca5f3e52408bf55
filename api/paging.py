"""Cursors on the wire: those of the services, sealed, so that only what this API gave out comes back in."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from closer.kit.errors import NotFound
from closer.kit.pagination import Page, PageRequest
from closer.kit.settings import Settings

_SEAL_CHARS = 20


class CursorSeal:
    """Seals the cursors of one list.

    Args:
        settings: Holds the key.
        scope: What is listed, for whom; a cursor of another list does not fit.
    """

    def __init__(self, settings: Settings, scope: str) -> None:
        self._key = settings.secret_key.get_secret_value().encode()
        self._scope = scope

    def request(self, limit: int, cursor: str | None) -> PageRequest:
        """Return the page that is asked for.

        Raises:
            NotFound: if the cursor is none of this list's (code `page_not_found`).
        """
        if cursor is None:
            return PageRequest(limit)
        seal, _, inner = cursor.partition(".")
        if not hmac.compare_digest(seal, self._seal(inner)):
            raise NotFound("there is no such page", code="page_not_found")
        return PageRequest(limit, inner + "=" * (-len(inner) % 4))

    def next(self, page: Page[Any]) -> str | None:
        """Return the sealed cursor of the page that follows."""
        if page.next_cursor is None:
            return None
        inner = page.next_cursor.rstrip("=")
        return f"{self._seal(inner)}.{inner}"

    def _seal(self, inner: str) -> str:
        text = f"cursor|{self._scope}|{inner}".encode()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()[:_SEAL_CHARS]
