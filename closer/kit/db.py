"""Database access: one engine a process, an ambient unit of work, portable column types.

SQLite (WAL) and PostgreSQL behave alike here. A repository asks for `db.reading()` or `db.transaction()`; when a
service has already opened a transaction in the same task, both join it, so that several repositories and slices
commit together. Each statement of a reader sees the moment at which it runs. Do not share an open transaction with
tasks started inside it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import MetaData, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from closer.kit.changes import ChangeListener, NotedChange
from closer.kit.clock import as_utc
from closer.kit.inserts import InsertNew
from closer.kit.logging import get_logger
from closer.kit.outages import outages_told
from closer.kit.sqlite_driver import DirectSqlite, prepare
from closer.kit.unit_of_work import Check, Hook, Statements, UnitOfWork
from closer.kit.writer_turns import WriterTurns

_log = get_logger(__name__)

T = TypeVar("T")

#: All tables of all slices; names of constraints are fixed so that migrations can name them.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ASYNC_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}

_POOL_S = 5.0  # how long a free connection is waited for
_CONNECT_S = 5.0
_COMMAND_S = 10.0


def async_url(url: str) -> str:
    """Return the URL with the asyncio driver of its database.

    Raises:
        ValueError: if the database is neither SQLite nor PostgreSQL.
    """
    scheme, separator, rest = url.partition("://")
    driver = _ASYNC_DRIVERS.get(scheme.split("+")[0])
    if not separator or driver is None:
        raise ValueError(f"DATABASE_URL must name sqlite or postgresql, not {scheme!r}")
    return f"{driver}://{rest}"


class Database:
    """The process's access to the database.

    Args:
        url: `sqlite:///<path>` or `postgresql://...`.
        pool_size: Connections kept open at most.
    """

    def __init__(self, url: str, pool_size: int = 8) -> None:
        self.url = async_url(url)
        self._pool_size = pool_size
        self._engine: AsyncEngine | None = None
        self._current: ContextVar[UnitOfWork | None] = ContextVar("unit_of_work", default=None)
        file = make_url(self.url).database if self.is_sqlite else None
        self._turns = WriterTurns(Path(file)) if file and file != ":memory:" else None
        self._listener: ChangeListener | None = None

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.url.startswith("sqlite")

    @property
    def engine(self) -> AsyncEngine:
        """The engine, made on first use (it belongs to the running event loop)."""
        if self._engine is None:
            self._engine = self._create_engine()
        return self._engine

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """Open a writing unit of work, or join the one of this task; commits when the outermost block ends well.

        It begins with its first statement.

        Raises:
            Unavailable: if the database is away or stays locked.
        """
        joined = self._current.get()
        if joined is not None:
            await joined.begin()
            yield joined
            return
        async with self._unit(None) as work:
            yield work

    @asynccontextmanager
    async def changing(self, first: Hook) -> AsyncIterator[UnitOfWork]:
        """Open a unit of work that becomes a transaction when something is about to be changed.

        What is read before is read as if there were none, and holds up nobody.

        Args:
            first: Runs before the first change, in the transaction; what it raises keeps each change from being made.

        Raises:
            RuntimeError: within a transaction.
        """
        if self._current.get() is not None:
            raise RuntimeError("this is to be the outermost block")
        async with self._unit(first) as work:
            yield work

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Statements]:
        """Give a connection for reading: that of the task's transaction if there is one."""
        joined = self._current.get()
        if joined is not None and joined.begun:
            yield joined
            return
        async with self._connect(reading=True) as connection:
            yield connection

    async def read_once(self, what: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """Read something, or return it as it was read before in this unit of work, if nothing has been changed since.

        Args:
            what: Names it, arguments included.
            read: Reads it. Whoever gets the result must leave it as it is.
        """
        work = self._current.get()
        if work is None or work.begun:
            return await read()
        if what not in work.seen:
            work.seen[what] = await read()
        found: T = work.seen[what]
        return found

    @property
    def in_transaction(self) -> bool:
        """Whether the running task is in a unit of work, which is a transaction or becomes one with a change."""
        return self._current.get() is not None

    def after_commit(self, hook: Hook) -> None:
        """Run a coroutine function once the task's transaction has committed; its failure is logged and no more.

        Raises:
            RuntimeError: outside of a transaction.
        """
        work = self._current.get()
        if work is None:
            raise RuntimeError("after_commit needs an open transaction")
        work.after_commit.append(hook)

    def listen(self, listener: ChangeListener) -> None:
        """Tell somebody of the noted changes of each transaction, inside it, just before it commits."""
        self._listener = listener

    def note(self, change: NotedChange) -> None:
        """Note a change of the task's transaction for the listener; if that fails or nothing is committed, nothing is told.

        Raises:
            RuntimeError: outside of a transaction.
        """
        work = self._current.get()
        if work is None:
            raise RuntimeError("a change is noted in the transaction that makes it")
        work.changes.append(change)

    def insert_new(self, table: Table) -> InsertNew:
        """Return an INSERT that leaves rows alone which are there already."""
        return InsertNew(table)

    def insert(self, table: Table) -> Any:
        """Return an INSERT of this dialect, for `on_conflict_do_update`."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    async def dispose(self) -> None:
        """Close all connections."""
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None
        if self._turns is not None:
            self._turns.close()

    @asynccontextmanager
    async def _unit(self, first: Hook | None) -> AsyncIterator[UnitOfWork]:
        work = UnitOfWork(self._writing, _put_next_off if self.is_sqlite else None, first)
        token = self._current.set(work)
        try:
            async with work.whole():
                yield work
                if work.changes and self._listener is not None:
                    await self._listener(work.changes)
        finally:
            self._current.reset(token)
        for hook in work.after_commit:
            await _run_hook(hook)

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection in a transaction; on SQLite at the head of the process's writers."""
        async with (
            self._in_line(),
            self._connect(reading=False) as connection,
            connection.begin(),
        ):
            yield connection

    @asynccontextmanager
    async def _in_line(self) -> AsyncIterator[None]:
        if self._turns is None:
            yield
            return
        with outages_told():
            await self._turns.line_up()
        try:
            yield
        finally:
            self._turns.leave()

    @asynccontextmanager
    async def _connect(self, *, reading: bool) -> AsyncIterator[AsyncConnection]:
        with outages_told():
            async with self.engine.connect() as connection:
                options: dict[str, Any] = {"closer_reading": reading}
                if reading and not self.is_sqlite:
                    options["isolation_level"] = "AUTOCOMMIT"  # no BEGIN and ROLLBACK on the way
                yield await connection.execution_options(**options)

    def _create_engine(self) -> AsyncEngine:
        options: dict[str, Any] = {
            "pool_size": self._pool_size,
            "max_overflow": 8,
            "pool_timeout": _POOL_S,
            "hide_parameters": True,  # errors are logged, and parameters are what people said
        }
        if self.is_sqlite:
            options |= {
                "poolclass": AsyncAdaptedQueuePool,
                "connect_args": {"timeout": 5},
                "module": DirectSqlite(),
            }
        else:
            options |= {
                "pool_pre_ping": True,
                "connect_args": {"timeout": _CONNECT_S, "command_timeout": _COMMAND_S},
            }
        engine = create_async_engine(self.url, **options)
        if self.is_sqlite:
            event.listen(engine.sync_engine, "connect", prepare)
            event.listen(engine.sync_engine, "begin", self._begin_sqlite)
        return engine

    def _begin_sqlite(self, connection: Any) -> None:
        if not connection.get_execution_options().get("closer_reading", False):
            connection.connection.dbapi_connection.begin_with_next(self._turns)


def _put_next_off(connection: AsyncConnection, settle: Check) -> None:
    plain: Any = connection.sync_connection
    plain.connection.dbapi_connection.put_next_off(settle)


async def _run_hook(hook: Hook) -> None:
    try:
        await hook()
    except Exception as error:  # what is committed has happened; it must not look like a failure
        _log.exception("after_commit_failed", reason=type(error).__name__)


def from_db(value: datetime) -> datetime:
    """Return a moment read from the database as aware UTC."""
    return as_utc(value)
