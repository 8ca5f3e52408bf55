"""SQL of the dialogue's own log: every event of every conversation, in order, and where reading may begin.

The log is only appended to. An event's place in its conversation, the ordinal, is part of the key, and a row is added
only where the log ends: two writers who have both seen the same end cannot both succeed, and a writer who tries again
after an uncertain commit finds its own row. People, privacy requests and training read the whole log; a turn reads
from the window's beginning on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Integer, and_, bindparam, cast, delete, func, literal, select
from sqlalchemy.sql import Select

from closer.conversations.tables import tracker_events, tracker_windows
from closer.kit.clock import Clock
from closer.kit.db import Database
from closer.kit.errors import Unavailable
from closer.kit.person_keys import Opener, PersonKeys

Events = list[dict[str, Any]]

_EVENTS, _STATE = "tracker_events.events", "tracker_windows.state"

#: Events of one row at most; only what is put in through the HTTP API is longer.
ROW = 200


class OvertakenTurn(Unavailable):
    """Somebody else has written to the conversation since it was read; the turn must be run again."""

    code = "overtaken"


@dataclass(frozen=True)
class Window:
    """Where a conversation's recent part begins.

    Attributes:
        session_begins: Ordinal of the latest session's first event.
        begins: Ordinal of the first event that is read as it is.
        state: What stands for the events between the two.
    """

    session_begins: int = 0
    begins: int = 0
    state: Any = None


@dataclass(frozen=True)
class Recent:
    """The recent part of a conversation.

    Attributes:
        window: Where it begins.
        events: The events from there on.
    """

    window: Window
    events: Events

    @property
    def ends(self) -> int:
        """The ordinal that the next event will have."""
        return self.window.begins + len(self.events)


class DialogueLog:
    """The dialogues' events.

    Args:
        db: The database.
        clock: The time.
        keys: Seal what people said.
    """

    def __init__(self, db: Database, clock: Clock, keys: PersonKeys) -> None:
        self._db = db
        self._clock = clock
        self._keys = keys

    async def recent(self, conversation_id: str) -> Recent | None:
        """Return what a turn needs, or None for an unknown conversation."""
        async with self._db.reading() as connection:
            rows = (await connection.execute(_RECENT, {"conversation_id": conversation_id})).all()
        if not rows:
            return None
        first = rows[0]  # carries the window, if there is one
        opener = await self._keys.opener([first.state, *(row.events for row in rows)])
        window = Window()
        if first.begins is not None:
            state = opener.json(first.state, _STATE) if first.state else None
            window = Window(first.session_begins, first.begins, state)
        return Recent(window, _events_from(window.begins, rows, opener))

    async def session(self, conversation_id: str) -> Recent | None:
        """Return the whole latest session, or None for an unknown conversation."""
        recent = await self.recent(conversation_id)
        if recent is None or recent.window.begins == recent.window.session_begins:
            return recent
        begins = recent.window.session_begins
        return Recent(Window(begins, begins), await self.since(conversation_id, begins))

    async def since(self, conversation_id: str, ordinal: int) -> Events:
        """Return the events from an ordinal on, oldest first."""
        return await self._read(ordinal, _rows_from(conversation_id, ordinal))

    async def page(self, conversation_id: str, ordinal: int, limit: int) -> Events:
        """Return at most `limit` events from an ordinal on, for readers who go through a long history."""
        query = _rows_from(conversation_id, ordinal).limit(limit)
        return (await self._read(ordinal, query))[:limit]

    async def exists(self, conversation_id: str) -> bool:
        """Say whether anything was ever stored of a conversation."""
        query = select(tracker_events.c.ordinal).where(_of(conversation_id)).limit(1)
        async with self._db.reading() as connection:
            return (await connection.execute(query)).first() is not None

    async def conversations(self) -> list[str]:
        """Return the ids of all conversations."""
        query = select(tracker_events.c.conversation_id).where(tracker_events.c.ordinal == 0)
        async with self._db.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def append(self, conversation_id: str, ordinal: int, events: Events) -> None:
        """Add events at the end of a conversation, which is at an ordinal.

        Raises:
            OvertakenTurn: if it ends elsewhere: at the latest at the commit, which does not happen then.
        """
        sealer = await self._keys.sealer(conversation_id)
        async with self._db.transaction() as connection:
            for start in range(0, len(events), ROW):
                part = events[start : start + ROW]
                row = {
                    "conversation_id": conversation_id,
                    "ordinal": ordinal + start,
                    "count": len(part),
                    "at": self._clock.now(),
                    "events": sealer.json(part, _EVENTS),
                    "end": ordinal + start,
                }
                connection.later(self._adding, row, _added)

    async def has(self, conversation_id: str, ordinal: int, events: Events) -> bool:
        """Say whether these very events are there from an ordinal on, as after a commit whose end nobody saw."""
        return (await self.since(conversation_id, ordinal))[: len(events)] == _plain(events)

    async def cut(self, conversation_id: str, ordinal: int) -> None:
        """Remove the events from an ordinal on, and the window with them."""
        column = tracker_events.c
        query = _rows_from(conversation_id, ordinal).with_only_columns(column.ordinal).limit(1)
        async with self._db.transaction() as connection:
            start = (await connection.execute(query)).scalar()
            start = ordinal if start is None else min(start, ordinal)
            kept = (await self.since(conversation_id, start))[: ordinal - start]
            gone = delete(tracker_events).where(_of(conversation_id), column.ordinal >= start)
            await connection.execute(gone)
            await connection.execute(
                delete(tracker_windows).where(tracker_windows.c.conversation_id == conversation_id)
            )
            if kept:
                await self.append(conversation_id, start, kept)

    async def set_window(self, conversation_id: str, window: Window) -> None:
        """Keep where reading begins from now on."""
        state = None
        if window.state is not None:
            state = (await self._keys.sealer(conversation_id)).json(window.state, _STATE)
        values = {
            "session_begins": window.session_begins,
            "begins": window.begins,
            "state": state,
            "at": self._clock.now(),
        }
        statement = self._db.insert(tracker_windows).values(
            conversation_id=conversation_id, **values
        )
        replacing = statement.on_conflict_do_update(
            index_elements=[tracker_windows.c.conversation_id],
            set_={name: statement.excluded[name] for name in values},
        )
        async with self._db.transaction() as connection:
            connection.later(replacing)

    async def _read(self, ordinal: int, query: Select) -> Events:
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).all()
        return _events_from(ordinal, rows, await self._keys.opener(row.events for row in rows))

    @cached_property
    def _adding(self) -> Any:
        """Return an INSERT of one row that does nothing unless the log ends right there."""
        column = tracker_events.c
        ends = (
            select(column.ordinal + column.count)
            .where(column.conversation_id == bindparam("conversation_id"))
            .order_by(column.ordinal.desc())
            .limit(1)
            .scalar_subquery()
        )
        names = ["conversation_id", "ordinal", "count", "at", "events"]
        row = select(*(bindparam(name, type_=column[name].type) for name in names)).where(
            func.coalesce(ends, literal(0)) == cast(bindparam("end"), Integer)
        )
        return self._db.insert_new(tracker_events).from_select(names, row)


def _added(rowcount: int) -> None:
    if rowcount != 1:
        raise OvertakenTurn("the conversation went on elsewhere meanwhile")


def _recent() -> Select:
    """Return the rows from the window's beginning on; the first one carries the window."""
    event, window = tracker_events.c, tracker_windows.c
    mine = bindparam("conversation_id", type_=event.conversation_id.type)
    begins = select(window.begins).where(window.conversation_id == mine).scalar_subquery()
    first = func.coalesce(
        select(func.max(event.ordinal))
        .where(event.conversation_id == mine, event.ordinal <= begins)
        .scalar_subquery(),
        0,
    )
    joined = tracker_events.outerjoin(
        tracker_windows,
        and_(window.conversation_id == event.conversation_id, event.ordinal == first),
    )
    return (
        select(event.ordinal, event.events, window.session_begins, window.begins, window.state)
        .select_from(joined)
        .where(event.conversation_id == mine, event.ordinal >= first)
        .order_by(event.ordinal)
    )


_RECENT = _recent()


def _of(conversation_id: str) -> Any:
    return tracker_events.c.conversation_id == conversation_id


def _rows_from(conversation_id: str, ordinal: int) -> Select:
    column = tracker_events.c
    query = select(column.ordinal, column.events).where(_of(conversation_id))
    if ordinal > 0:  # the row that holds the ordinal may begin before it
        holding = (
            select(func.max(column.ordinal))
            .where(_of(conversation_id), column.ordinal <= ordinal)
            .scalar_subquery()
        )
        query = query.where(column.ordinal >= func.coalesce(holding, 0))
    return query.order_by(column.ordinal)


def _events_from(ordinal: int, rows: Iterable[Any], opener: Opener) -> Events:
    found: Events = []
    for row in rows:
        found += opener.json(row.events, _EVENTS)[max(0, ordinal - row.ordinal) :]
    return found


def _plain(events: Events) -> Events:
    """Return events as they are read back."""
    plain: Events = json.loads(json.dumps(list(events), default=str))
    return plain
