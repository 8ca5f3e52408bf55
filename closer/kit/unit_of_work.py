"""One unit of work: its connection is taken with its first statement, and what needs no answer goes along with a later one.

So a transaction lasts from its first statement to its commit and not longer, whatever is computed around it; on SQLite, where
others wait for it, one that only puts off is a single visit to the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.engine import Result
from sqlalchemy.ext.asyncio import AsyncConnection

from closer.kit.changes import NotedChange

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
Hook = Callable[[], Awaitable[None]]
#: Looks at the number of touched rows and raises what ends the transaction.
Check = Callable[[int], None]


class Statements(Protocol):
    """What runs statements: a connection, or a unit of work."""

    async def execute(self, statement: Any, parameters: Any = None) -> Result:
        """Run a statement and return its result."""


@dataclass
class Later:
    """The outcome of a statement that was put off."""

    found: int | None = None

    @property
    def rowcount(self) -> int:
        """How many rows it touched.

        Raises:
            RuntimeError: as long as it has not run.
        """
        if self.found is None:
            raise RuntimeError("this statement runs with the next one, or with the commit")
        return self.found


@dataclass(frozen=True)
class _PutOff:
    statement: Any
    parameters: Parameters
    outcome: Later
    check: Check | None

    def settle(self, rowcount: int) -> None:
        self.outcome.found = rowcount
        if self.check is not None:
            self.check(rowcount)


class UnitOfWork:
    """Statements that commit together.

    Args:
        connect: Gives a connection in a transaction, which the block's end commits.
        go_along: Has the connection's next statement wait for the one after it; None if it cannot.
        first: Runs before the first change; until then everything is read outside of the transaction.

    Attributes:
        after_commit: What is to follow the commit.
        changes: What is to be told about it.
        begun: Whether changes have been begun with.
        seen: What was read before.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractAsyncContextManager[AsyncConnection]],
        go_along: Callable[[AsyncConnection, Check], None] | None = None,
        first: Hook | None = None,
    ) -> None:
        self.after_commit: list[Hook] = []
        self.changes: list[NotedChange] = []
        self.begun = first is None
        self.seen: dict[Hashable, Any] = {}
        self._first = first
        self._connect = connect
        self._go_along = go_along
        self._connection: AsyncConnection | None = None
        self._waiting: list[_PutOff] = []
        self._open = AsyncExitStack()

    async def begin(self) -> None:
        """Let changes be made from here on.

        Raises:
            Exception: what the hook before the first change raises, each time.
        """
        if not self.begun and self._first is not None:
            self.begun = True  # the hook's own changes belong to it
            try:
                await self._first()
            except BaseException:
                self.begun = False
                raise

    async def execute(self, statement: Any, parameters: Parameters = None) -> Result:
        """Run a statement, after those that were put off."""
        connection = await self._connected()
        await self._send(connection)
        return await connection.execute(statement, parameters)

    def later(
        self, statement: Any, parameters: Parameters = None, check: Check | None = None
    ) -> Later:
        """Run a statement, whose answer is not needed now, along with the next one or with the commit.

        Args:
            statement: The statement; a failure shows there.
            parameters: Its values, or a list of them.
            check: Called with the number of touched rows, perhaps in another thread; what it raises ends the transaction.
        """
        outcome = Later()
        self._waiting.append(_PutOff(statement, parameters, outcome, check))
        return outcome

    @asynccontextmanager
    async def begin_nested(self) -> AsyncIterator[None]:
        """Undo a block's statements together if it fails, and not those before it."""
        connection = await self._connected()
        await self._send(connection)
        async with connection.begin_nested():
            yield
            await self._send(connection)

    @asynccontextmanager
    async def whole(self) -> AsyncIterator[None]:
        """Commit at the block's end, or undo everything if it fails."""
        async with self._open:
            yield
            if self._waiting:
                await self._send(await self._connected())

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            self._connection = await self._open.enter_async_context(self._connect())
        return self._connection

    async def _send(self, connection: AsyncConnection) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if self._go_along is None:
                done: Any = await connection.execute(one.statement, one.parameters)
                one.settle(done.rowcount)
            else:
                self._go_along(connection, one.settle)
                # Nothing is waited for, so it needs no task of its own.
                waitless: Any = connection.sync_connection
                waitless.execute(one.statement, one.parameters)
