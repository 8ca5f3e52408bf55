"""SQL of the history that people read, of the receipts of actions, and of erasing a conversation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Table, and_, bindparam, exists, func, select, update

from closer.conversations import tables
from closer.conversations.tables import action_runs, entries, inbox
from closer.conversations.turn import Entry, to_json
from closer.kit.db import Database, from_db, metadata
from closer.kit.person_keys import PersonErased, PersonKeys

#: Entries of one turn at most.
_LONGEST_TURN = 12
_COLUMNS = ["id", "conversation_id", "at", "sender", "channel", "message_id", "content"]
_CONTENT, _OUTCOME = "conversation_entries.content", "action_runs.outcome"


# Built once, because they run with every message.
_RUN = and_(
    action_runs.c.conversation_id == bindparam("run_conversation"),
    action_runs.c.message_id == bindparam("run_message"),
    action_runs.c.action == bindparam("run_action"),
    action_runs.c.ordinal == bindparam("run_ordinal"),
)
_OUTCOME_OF = select(action_runs.c.outcome).where(_RUN)
_KEEP = update(action_runs).where(_RUN).values(outcome=bindparam("sealed"))
_LAST_SAID = (
    select(entries.c.message_id, entries.c.content)
    .where(entries.c.conversation_id == bindparam("conversation"), entries.c.sender == "assistant")
    .order_by(entries.c.id.desc())
    .limit(_LONGEST_TURN)
)


class EntryRepository:
    """The history that people read."""

    def __init__(self, db: Database, keys: PersonKeys) -> None:
        self._db = db
        self._keys = keys

    async def add(self, conversation_id: str, items: Sequence[Entry]) -> None:
        """Append entries; one that is there already stays as it is."""
        if not items:
            return
        rows = await self._rows([(conversation_id, entry) for entry in items])
        async with self._db.transaction() as connection:
            connection.later(self._db.insert_new(entries), rows)

    async def add_heard(self, heard: Sequence[tuple[str, str, Entry]]) -> None:
        """Append what was said in messages, to several conversations.

        Args:
            heard: Of each message its record, its conversation and the entry; none is made for a record that is not there,
                because the message was known under another one.
        """
        rows = await self._rows([(conversation_id, entry) for _, conversation_id, entry in heard])
        values = [row | {"record": record} for row, (record, _, _) in zip(rows, heard, strict=True)]
        async with self._db.transaction() as connection:
            connection.later(self._hearing, values)

    @cached_property
    def _hearing(self) -> Any:
        """Return an INSERT of a row that does nothing unless its message's record is there."""
        there = exists().where(inbox.c.id == bindparam("record"))
        row = select(*(bindparam(name, type_=entries.c[name].type) for name in _COLUMNS))
        return self._db.insert_new(entries).from_select(_COLUMNS, row.where(there))

    async def _rows(self, items: Sequence[tuple[str, Entry]]) -> list[dict[str, Any]]:
        sealers = await self._keys.sealers({conversation_id for conversation_id, _ in items})
        return [
            {
                "id": entry.id,
                "conversation_id": conversation_id,
                "at": entry.at,
                "sender": entry.sender,
                "channel": entry.channel,
                "message_id": entry.message_id,
                "content": sealers[conversation_id].json(to_json(entry), _CONTENT),
            }
            for conversation_id, entry in items
        ]

    async def last(
        self, conversation_id: str, limit: int, before: str | None = None
    ) -> list[Entry]:
        """Return the last entries before an id, oldest first."""
        query = select(entries.c.content).where(entries.c.conversation_id == conversation_id)
        if before:
            query = query.where(entries.c.id < before)
        found = await self._read(query.order_by(entries.c.id.desc()).limit(limit))
        return found[::-1]

    async def last_turn(self, conversation_id: str) -> list[Entry]:
        """Return what the assistant said last, the entries of one turn, oldest first."""
        async with self._db.reading() as connection:
            rows = (await connection.execute(_LAST_SAID, {"conversation": conversation_id})).all()
        own = [row.content for row in rows if row.message_id == rows[0].message_id]
        return await self._opened(own[::-1])

    async def after(self, conversation_id: str, after: str, limit: int) -> list[Entry]:
        """Return the entries after an id, oldest first."""
        query = (
            select(entries.c.content)
            .where(entries.c.conversation_id == conversation_id, entries.c.id > after)
            .order_by(entries.c.id)
            .limit(limit)
        )
        return await self._read(query)

    async def last_heard(self, conversation_id: str) -> dict[str, datetime]:
        """Return when the person last said something, by channel."""
        query = (
            select(entries.c.channel, func.max(entries.c.at))
            .where(entries.c.conversation_id == conversation_id, entries.c.sender == "customer")
            .group_by(entries.c.channel)
        )
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {channel: from_db(at) for channel, at in rows}

    async def move(self, source: str, target: str) -> None:
        """Hand a visitor's entries over to the customer that the visitor turned out to be."""
        async with self._db.transaction() as connection:
            await connection.execute(
                update(entries)
                .where(entries.c.conversation_id == source)
                .values(conversation_id=target)
            )

    async def _read(self, query: Any) -> list[Entry]:
        async with self._db.reading() as connection:
            rows = (await connection.execute(query)).scalars().all()
        return await self._opened(rows)

    async def _opened(self, contents: Sequence[str]) -> list[Entry]:
        opener = await self._keys.opener(contents)
        found = []
        for content in contents:
            try:
                found.append(Entry.parse_obj(opener.json(content, _CONTENT)))
            except PersonErased:
                continue
        return found


class ActionRunRepository:
    """Receipts of actions, so that an action run again for the same message does nothing twice."""

    def __init__(self, db: Database, keys: PersonKeys) -> None:
        self._db = db
        self._keys = keys

    async def find(
        self, conversation_id: str, message_id: str, action: str, ordinal: int
    ) -> Any | None:
        """Return what the action answered when it ran for this message, or None."""
        place = _place(conversation_id, message_id, action, ordinal)
        async with self._db.reading() as connection:
            outcome = (await connection.execute(_OUTCOME_OF, place)).scalar()
        if outcome is None:
            return None
        return (await self._keys.opener([outcome])).json(outcome, _OUTCOME)

    async def reserve(
        self, conversation_id: str, message_id: str, action: str, ordinal: int, *, at: datetime
    ) -> bool:
        """Take the place of a run; False if it ran before. Waits while another one is running in a transaction."""
        values = _new(conversation_id, message_id, action, ordinal, at)
        async with self._db.transaction() as connection:
            done: Any = await connection.execute(self._db.insert_new(action_runs), values)
            return bool(done.rowcount == 1)

    async def add(
        self,
        conversation_id: str,
        message_id: str,
        action: str,
        ordinal: int,
        *,
        at: datetime,
        outcome: Any,
    ) -> bool:
        """Take the place of a run together with what it answered; False if it ran before."""
        sealer = await self._keys.sealer(conversation_id)
        values = _new(conversation_id, message_id, action, ordinal, at)
        values["outcome"] = sealer.json(outcome, _OUTCOME)
        async with self._db.transaction() as connection:
            done = connection.later(self._db.insert_new(action_runs), values)
        return done.rowcount == 1

    async def keep(
        self, conversation_id: str, message_id: str, action: str, ordinal: int, *, outcome: Any
    ) -> None:
        """Keep what an action answered, in the place that it has reserved."""
        sealer = await self._keys.sealer(conversation_id)
        values = {"sealed": sealer.json(outcome, _OUTCOME)}
        place = _place(conversation_id, message_id, action, ordinal)
        async with self._db.transaction() as connection:
            connection.later(_KEEP, place | values)


class ConversationEraser:
    """Deletes conversations from every table of this slice."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def erase(self, conversation_ids: Collection[str]) -> dict[str, int]:
        """Delete all rows of some conversations; return how many by table."""
        deleted: dict[str, int] = {}
        async with self._db.transaction() as connection:
            for table in _tables():
                mine = table.c.conversation_id.in_(sorted(conversation_ids))
                done: Any = await connection.execute(table.delete().where(mine))
                deleted[table.name] = int(done.rowcount)
        return deleted


def _tables() -> list[Any]:
    """Return every table of the slice that has rows of conversations, also one that is added later."""
    own = {item.name for item in vars(tables).values() if isinstance(item, Table)}
    return [
        table
        for table in metadata.sorted_tables
        if table.name in own and "conversation_id" in table.c
    ]


def _new(
    conversation_id: str, message_id: str, action: str, ordinal: int, at: datetime
) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "message_id": message_id,
        "action": action,
        "ordinal": ordinal,
        "at": at,
    }


def _place(conversation_id: str, message_id: str, action: str, ordinal: int) -> dict[str, Any]:
    """Return the values that `_RUN` compares with."""
    names = ("run_conversation", "run_message", "run_action", "run_ordinal")
    return dict(zip(names, (conversation_id, message_id, action, ordinal), strict=True))
