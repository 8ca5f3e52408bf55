"""SQLite off the event loop with one visit to its thread for each statement.

SQLAlchemy's adapter of aiosqlite goes to the connection's thread three or four times for a statement (cursor, execute,
fetch, close) and once more for each BEGIN and ROLLBACK; under load each visit waits for the processor. Here a statement is
one visit, BEGIN goes along with the first statement, and the end of a transaction that only read is not waited for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (  # type: ignore[import-untyped]
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util.concurrency import await_only

READ = "BEGIN"
WRITE = (
    "BEGIN IMMEDIATE"  # one that began deferred fails at once when another writes; this one waits
)


class _Nobody:
    """Takes the place of the future that aiosqlite would complete, where nobody waits."""

    def get_loop(self) -> _Nobody:
        return self

    def call_soon_threadsafe(self, *_: Any) -> None:
        """Drop the outcome."""


class DirectCursor(AsyncAdapt_aiosqlite_cursor):  # type: ignore[misc]
    """A cursor whose statement is run and fetched in one visit."""

    def execute(self, operation: str, parameters: Any = None) -> None:
        """Run a statement and fetch its rows."""
        self._visit(lambda raw: raw.execute(operation, parameters or ()))

    def executemany(self, operation: str, seq_of_parameters: Sequence[Any]) -> None:
        """Run a statement for each set of parameters."""
        self._visit(lambda raw: raw.executemany(operation, seq_of_parameters))

    def _visit(self, run: Callable[[sqlite3.Connection], sqlite3.Cursor]) -> None:
        connection = self._adapt_connection
        begin = connection.take_begin()
        raw = self._connection._conn

        def work() -> tuple[Any, list[Any], int, int | None]:
            if begin:
                raw.execute(begin)
            cursor = run(raw)
            rows = cursor.fetchall() if cursor.description else []
            found = (cursor.description, rows, cursor.rowcount, cursor.lastrowid)
            cursor.close()
            return found

        try:
            description, rows, count, last = self.await_(self._connection._execute(work))
        except Exception as error:
            connection._handle_exception(error)
            raise
        self.description = description
        self._rows = rows
        self.rowcount: int = -1 if description else count
        self.lastrowid: int | None = -1 if description else last


class DirectConnection(AsyncAdapt_aiosqlite_connection):  # type: ignore[misc]
    """A connection that begins late and does not wait for the end of reading."""

    __slots__ = ("_mode", "_pending")

    def __init__(self, dbapi: Any, connection: aiosqlite.Connection) -> None:
        super().__init__(dbapi, connection)
        self._pending: str | None = None
        self._mode: str | None = None

    def begin_with_next(self, begin: str) -> None:
        """Begin a transaction together with the next statement; without one there is none."""
        self._pending = begin

    def take_begin(self) -> str | None:
        """Return what the next statement is to begin with."""
        begin, self._pending = self._pending, None
        if begin:
            self._mode = begin
        return begin

    def cursor(self, server_side: bool = False) -> Any:
        """Return a cursor."""
        return super().cursor(server_side=True) if server_side else DirectCursor(self)

    def commit(self) -> None:
        """End the transaction, keeping what it did."""
        self._end(super().commit)

    def rollback(self) -> None:
        """End the transaction, undoing what it did."""
        self._end(super().rollback)

    def _end(self, end: Callable[[], None]) -> None:
        mode, self._mode, self._pending = self._mode, None, None
        if mode == READ:
            raw = self._connection._conn
            self._connection._tx.put_nowait((_Nobody(), raw.rollback))
        elif mode == WRITE or self._connection.in_transaction:
            end()


class DirectSqlite(AsyncAdapt_aiosqlite_dbapi):  # type: ignore[misc]
    """The driver: to be handed to `create_async_engine` as `module`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arg: Any, **kw: Any) -> DirectConnection:
        """Open a connection with a thread of its own."""
        connection = aiosqlite.connect(*arg, **{**kw, "check_same_thread": False})
        connection.daemon = True
        opened: Any = connection  # awaitable, though no coroutine
        return DirectConnection(self, await_only(opened))
