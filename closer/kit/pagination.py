"""Pages: an opaque cursor over a sort key, so that a page stays right while records are added."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from closer.kit.errors import InvalidInput

T = TypeVar("T")
U = TypeVar("U")

MAX_LIMIT = 200


@dataclass(frozen=True)
class PageRequest:
    """How many items, and after which one.

    Attributes:
        limit: 1 to 200 items.
        cursor: What the page before gave as `next_cursor`, or None for the first page.
    """

    limit: int = 50
    cursor: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise InvalidInput(f"limit must be between 1 and {MAX_LIMIT}")

    @property
    def after(self) -> str | None:
        """The sort key behind the cursor.

        Raises:
            InvalidInput: if the cursor is none of ours.
        """
        if self.cursor is None:
            return None
        try:
            return base64.b64decode(self.cursor.encode(), altchars=b"-_", validate=True).decode()
        except (binascii.Error, ValueError) as error:
            raise InvalidInput("the cursor is not valid") from error


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some items and the cursor of those that follow (None at the end)."""

    items: Sequence[T]
    next_cursor: str | None = None
    total: int | None = None

    def map(self, function: Callable[[T], U]) -> Page[U]:
        """Return the same page with each item converted."""
        return Page([function(item) for item in self.items], self.next_cursor, self.total)


def page_of(
    rows: Sequence[T], request: PageRequest, key: Callable[[T], str], total: int | None = None
) -> Page[T]:
    """Cut a page out of rows that were fetched with one more than the limit.

    Args:
        rows: Up to `limit + 1` rows in order.
        request: What was asked for.
        key: Gives the sort key of a row.
        total: The number of all rows, if it is known.
    """
    items = rows[: request.limit]
    more = len(rows) > request.limit
    cursor = base64.urlsafe_b64encode(key(items[-1]).encode()).decode() if more else None
    return Page(items, cursor, total)
