"""Tells what a database's errors mean: a full disk, or a database that is away; anything else is somebody's mistake."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from closer.kit.errors import Unavailable

# A database that does not answer. The driver of PostgreSQL raises asyncio's error as it is, which on Python 3.10 is not
# the built-in TimeoutError; the pool has one of its own.
_SILENT = (OSError, TimeoutError, asyncio.TimeoutError, PoolTimeoutError)
_OUTAGE = (
    *("locked", "unable to open", "connection", "disk i/o", "closed"),
    *("starting up", "shutting down", "too many clients"),
)
_FULL = ("disk is full", "no space left")


@contextmanager
def outages_told() -> Iterator[None]:
    """Raise `Unavailable` for what is an outage of the database; leave other errors alone."""
    try:
        yield
    except DBAPIError as error:
        if _says(error, _FULL):
            raise Unavailable("the disk is full", code="disk_full") from error
        if error.connection_invalidated or _says(error, _OUTAGE):
            raise Unavailable("the database is not available right now") from error
        raise
    except _SILENT as error:
        raise Unavailable("the database is not available right now") from error


def _says(error: SQLAlchemyError, signs: tuple[str, ...]) -> bool:
    said = str(getattr(error, "orig", error)).lower()
    return any(sign in said for sign in signs)
