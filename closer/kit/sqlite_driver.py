"""SQLite off the event loop with one visit to its thread for each statement, or for several.

SQLAlchemy's adapter of aiosqlite goes to the connection's thread three or four times for a statement (cursor, execute,
fetch, close) and once more for each BEGIN and ROLLBACK; under load each visit waits for the processor. Here a statement is
one visit, BEGIN goes along with the first statement of a writing transaction, statements that nobody waits for go along
with the next one or with COMMIT, and reading is no transaction: each statement sees the moment at which it runs, as on
PostgreSQL.
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

from closer.kit.writer_turns import WriterTurns

# One that began deferred fails at once when another writes; this one waits.
_BEGIN = "BEGIN IMMEDIATE"

_Run = Callable[[sqlite3.Connection], sqlite3.Cursor]
_Settle = Callable[[int], None]


class DirectCursor(AsyncAdapt_aiosqlite_cursor):  # type: ignore[misc]
    """A cursor whose statement is run and fetched in one visit."""

    rowcount: int
    lastrowid: int | None

    def execute(self, operation: str, parameters: Any = None) -> None:
        """Run a statement and fetch its rows."""
        self._visit(lambda raw: raw.execute(operation, parameters or ()))

    def executemany(self, operation: str, seq_of_parameters: Sequence[Any]) -> None:
        """Run a statement for each set of parameters."""
        self._visit(lambda raw: raw.executemany(operation, seq_of_parameters))

    def _visit(self, run: _Run) -> None:
        connection = self._adapt_connection
        if connection.puts_off(run):
            self.description, self._rows, self.rowcount, self.lastrowid = None, [], -1, None
            return

        def work(raw: sqlite3.Connection) -> tuple[Any, list[Any], int, int | None]:
            cursor = run(raw)
            rows = cursor.fetchall() if cursor.description else []
            found = (cursor.description, rows, cursor.rowcount, cursor.lastrowid)
            cursor.close()
            return found

        description, rows, count, last = connection.visit(work)
        self.description = description
        self._rows = rows
        self.rowcount = -1 if description else count
        self.lastrowid = -1 if description else last


class DirectConnection(AsyncAdapt_aiosqlite_connection):  # type: ignore[misc]
    """A connection that begins late, takes its turn to write then, and carries along what was put off."""

    __slots__ = ("_pending", "_settle", "_turns", "_waiting", "_writing")

    def __init__(self, dbapi: Any, connection: aiosqlite.Connection) -> None:
        super().__init__(dbapi, connection)
        self._pending = self._writing = False
        self._turns: WriterTurns | None = None
        self._settle: _Settle | None = None
        self._waiting: list[tuple[_Run, _Settle]] = []

    def begin_with_next(self, turns: WriterTurns | None) -> None:
        """Begin a writing transaction together with the next statement; without one there is none."""
        self._pending, self._turns = True, turns

    def put_next_off(self, settle: _Settle) -> None:
        """Run the next statement together with the one after it, or with COMMIT, and tell how many rows it touched."""
        self._settle = settle

    def puts_off(self, run: _Run) -> bool:
        """Keep a statement for later if it is one that is put off."""
        settle, self._settle = self._settle, None
        if settle is not None:
            self._waiting.append((run, settle))
        return settle is not None

    def visit(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        """Run something in the connection's thread, after BEGIN and what was put off."""
        begin, self._pending = self._pending, False
        waiting, self._waiting = self._waiting, []
        raw = self._connection._conn
        if begin and self._turns is not None:
            self.await_(self._turns.take())
        self._writing = self._writing or begin

        def whole() -> Any:
            if begin:
                raw.execute(_BEGIN)
            for run, settle in waiting:
                cursor = run(raw)
                count = cursor.rowcount
                cursor.close()
                settle(count)
            return work(raw)

        try:
            return self.await_(self._connection._execute(whole))
        except Exception as error:
            self._handle_exception(error)
            raise

    def cursor(self, server_side: bool = False) -> Any:
        """Return a cursor."""
        return super().cursor(server_side=True) if server_side else DirectCursor(self)

    def commit(self) -> None:
        """End the transaction, keeping what it did and what was put off."""
        if self._waiting or self._writing:
            self.visit(self._ending(sqlite3.Connection.commit))
            self._writing = False
        self._pending = False

    def rollback(self) -> None:
        """End the transaction, undoing what it did."""
        self._waiting, self._settle, self._pending = [], None, False
        if self._writing or self._connection.in_transaction:
            self.visit(self._ending(sqlite3.Connection.rollback))
        self._writing = False

    def _ending(
        self, end: Callable[[sqlite3.Connection], None]
    ) -> Callable[[sqlite3.Connection], None]:
        def work(raw: sqlite3.Connection) -> None:
            end(raw)
            if self._turns is not None:
                self._turns.free()

        return work


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


def prepare(connection: Any, _: Any) -> None:
    """Set up a new connection: a listener for `connect`."""
    connection.isolation_level = None  # we say BEGIN ourselves, with the first statement
    cursor = connection.cursor()
    # A killed process loses nothing under WAL with NORMAL; a power cut may lose the last commits.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=5000",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
